"""``make bench``: the addon measured beside other ways to fill a mirror.

Everything is measured in one run, on the same sandbox, PostgreSQL and machine, with the
same page size. `case_*` are the cases, `rival_*` the other ways, `product` is ours.
"""
