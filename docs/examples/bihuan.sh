#!/bin/sh
# /usr/local/bin/bihuan：以服务的用户和设置执行命令。放法：install -m 755 docs/examples/bihuan.sh /usr/local/bin/bihuan
set -a
. /etc/bihuan/bihuan.env
set +a
exec runuser -u bihuan -- /opt/bihuan/bin/bihuan "$@"
