"""What may be said, and with what citation: claims, verdicts, their rules, and the chains."""
