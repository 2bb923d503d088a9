"""Running a study: what is due next, the workers, and what is recorded.

Only `tuner` and `dispatcher` import Ray.
"""
