"""Studies of how many labels a method saves: search, designs, execution, the ledger, statistics and the CLI."""
