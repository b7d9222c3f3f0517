"""How gunicorn serves the sandbox registers: one process, because their books live in that process."""

import os

wsgi_app = "scf.collateral.gateways.sandbox_register.server:create()"
bind = f"{os.environ.get('SCF_HOST', '127.0.0.1')}:{os.environ.get('SCF_REGISTER_PORT', '8002')}"
worker_class = "gthread"
workers = 1
threads = 8
timeout = 90
graceful_timeout = 3
accesslog = "-"
control_socket_disable = True
