"""HTTP: requests with limits of time and size, authentication, and the retry policy."""
