/* Charts here are drawn by the server: see portal/templatetags/chart_tags.py. The theme's library would weigh 70 KB on every page. */
