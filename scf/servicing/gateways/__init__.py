"""Loan cases in the JSON form that published ones come in: read into the domain's terms, answered in plain figures."""
