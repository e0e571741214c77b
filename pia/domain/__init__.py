"""The domain: trees, changes, forms and the procedure. Pure: no clock, disk, network, database or
page is known here.
"""
