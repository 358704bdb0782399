"""Log files of this machine: followed whatever happens to them, and searched where they lie."""
