"""The desk's pages and fragments: thin views, their forms and their gate."""
