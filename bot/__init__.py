"""Who asked, who answers, who reviews, how it runs: settings, checker, ledger, Discord, command."""
