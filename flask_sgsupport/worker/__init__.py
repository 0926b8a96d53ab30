"""Who does the work no request waits for: a table of jobs, a loop of its own process, a thread in development."""
