"""Software for a city's 特定個人情報保護評価書: versioned section trees, one diff, one
procedure."""

__version__ = "0.2.0"
