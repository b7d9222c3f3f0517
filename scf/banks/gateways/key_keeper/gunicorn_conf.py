"""How gunicorn serves the key keeper: one process, because its keys live in that process."""

import os

wsgi_app = "scf.banks.gateways.key_keeper.server:create()"
bind = f"{os.environ.get('SCF_HOST', '127.0.0.1')}:{os.environ.get('SCF_KEEPER_PORT', '8003')}"
worker_class = "gthread"
workers = 1
threads = 8
timeout = 90
graceful_timeout = 3
accesslog = "-"
control_socket_disable = True
