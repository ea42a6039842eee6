"""Measurements: the pages of Academy beside a plain Django admin and beside the bare SQL, on the same rows.

`python -m bench` fills a database of its own once, serves Academy and the plain admin with gunicorn on two
free ports, and asks both for the same things in turn. `measure` says what is measured and how, `report`
what must be reached.
"""
