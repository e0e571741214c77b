"""漏えい等 of personal information: what is known of a case, which cases of the two laws it is,
when what is due, and what its papers say (個人情報保護法第68条第1項, 番号法第29条の4第1項)."""
