"""The pages of the live app, each a function from what was read to HTML."""
