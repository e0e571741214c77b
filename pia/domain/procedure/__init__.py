"""The scheme: steps and their checks, ※ items, しきい値判断, duties, citations, cards."""
