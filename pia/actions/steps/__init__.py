"""Acts of the procedure: consultation, council, submission, publication."""
