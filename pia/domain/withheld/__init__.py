"""非公表部分 (規則第10条第1項・第2項): marks, where they stay, where the words stand again, and the
reading without them.
"""
