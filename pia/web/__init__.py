"""The web application: requests in, pages out; no outside request, no script needed.

Knows routes, headers and the clock. Never a rule of the scheme: pages show what `actions` put
together, and a deed is one call of an action. `application` is the top and imports every folder of
pages; what several folders share stands in the files beside them, below the folders.
"""
