"""Opt-outs by the hundred thousand while processes are killed, disks fill up and databases stop."""
