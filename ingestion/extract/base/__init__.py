"""What all kinds of extraction share: jobs, windows of change, parallel work."""
