"""The review inside Discord: the queue, the cards of cases, the forms that decide them."""
