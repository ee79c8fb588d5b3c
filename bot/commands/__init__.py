"""The subcommands of `receipts`, one module each, its click command under the name `command`."""
