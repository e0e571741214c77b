"""What the office issues: papers, the 一式, and the class every file bears."""
