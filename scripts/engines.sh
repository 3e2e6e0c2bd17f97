#!/usr/bin/env bash
# Makes sure that PostgreSQL and RabbitMQ answer on their usual loopback ports, for the tests: uses what listens, else
# installs Debian's packages and starts them. Says in one line what is missing and exits with 1 when that does not help.
set -u

answers() { timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null; }

# The port must answer within half a minute.
wait_for() {
  for _ in $(seq 60); do
    answers "$1" && return 0
    sleep 0.5
  done
  return 1
}

install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ -z "${updated:-}" ]; then apt-get update -qq && updated=yes; fi
  # Packages must not start servers by themselves: there may be no service manager.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

start_postgres() {
  answers 5432 && return 0
  compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || install postgresql || return 1
  local version
  version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -1)
  pg_lsclusters -h | grep -q "^$version *main " || pg_createcluster "$version" main >/dev/null
  # Tests connect over loopback as postgres, without a password: this is a machine for tests.
  sed -i -E 's#^(host +all +all +(127\.0\.0\.1/32|::1/128) +).*#\1trust#' "/etc/postgresql/$version/main/pg_hba.conf"
  answers 5432 || pg_ctlcluster --skip-systemctl-redirect "$version" main start
  wait_for 5432
}

start_rabbitmq() {
  answers 5672 && return 0
  command -v rabbitmq-server >/dev/null 2>&1 || install rabbitmq-server || return 1
  answers 5672 || rabbitmq-server -detached >/dev/null 2>&1
  wait_for 5672
}

# The tests on Kafka run it from its Maven artefacts (interop/kafka).
provide_java() {
  command -v java >/dev/null 2>&1 && command -v mvn >/dev/null 2>&1 && return 0
  install default-jdk-headless maven
}

failed=0
provide_java || { echo 'Java and Maven, which the tests on Kafka need, could not be installed' >&2; failed=1; }
start_postgres || { echo 'PostgreSQL does not answer on 127.0.0.1:5432 and could not be installed and started' >&2; failed=1; }
start_rabbitmq || { echo 'RabbitMQ does not answer on 127.0.0.1:5672 and could not be installed and started' >&2; failed=1; }
exit "$failed"
