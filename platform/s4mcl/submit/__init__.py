"""A study as a job of a Ray cluster: the wheel that it carries, the job server, its log, its report."""
