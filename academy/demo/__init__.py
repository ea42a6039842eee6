"""The demo data: three programs with courses, facilities, staff and students. `scale` makes large data from the same.

`outline` parses the courses from text files in `outlines/`. `people` generates students from `names`, `places` and
`medical`. `catalogue` holds programs, facilities and staff. `seed` writes everything to the database.
"""
