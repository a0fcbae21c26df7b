"""Random histories of devices, accounts and workers against an oracle: no acknowledged withdrawal is unobeyed."""
