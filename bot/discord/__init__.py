"""The bot on Discord: what people ask there, and the cards that answer them."""
