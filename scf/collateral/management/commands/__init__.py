"""What an operator or a timetable calls."""
