"""Recordings as one HTML page: read a session, find what it says, draw it. No network, no script."""
