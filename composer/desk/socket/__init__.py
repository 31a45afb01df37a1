"""The desk's socket: frames in and out, one session for each open conversation."""
