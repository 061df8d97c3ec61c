"""REST APIs whose lists are searched by time of change."""
