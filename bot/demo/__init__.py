"""`receipts demo`: the real bot on a simulated Discord, in a browser on the same machine."""

from bot.demo.serve import serve_demo

__all__ = ["serve_demo"]
