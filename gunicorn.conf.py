"""How gunicorn serves the product. Read by default when gunicorn starts in this folder."""

import os

bind = f"{os.environ.get('SCF_HOST', '127.0.0.1')}:{os.environ.get('SCF_PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("SCF_WEB_WORKERS", "2"))
threads = int(os.environ.get("SCF_WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 4
keepalive = 5
# A worker is replaced now and then, at different times, so that a slow leak never matters.
max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(L)ss'  # no query strings: they may name people
control_socket_disable = True
