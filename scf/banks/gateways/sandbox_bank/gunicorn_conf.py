"""How gunicorn serves the sandbox bank: one process, because its books live in that process."""

import os

wsgi_app = "scf.banks.gateways.sandbox_bank.server:create()"
bind = f"{os.environ.get('SCF_HOST', '127.0.0.1')}:{os.environ.get('SCF_BANK_PORT', '8001')}"
worker_class = "gthread"
workers = 1
threads = 8
timeout = 90
graceful_timeout = 3
accesslog = "-"
control_socket_disable = True
