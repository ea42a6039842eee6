"""The demo academy: three programs with everything in them, and the raw material of the scale data.

What is taught is plain text under `outlines/`, read by `outline`. Who learns is drawn by `people` from `names`,
`places` and `medical`. `catalogue` names programs, places and staff. `seed` writes it all.
"""
