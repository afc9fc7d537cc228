# Copyright (c) 2026 ovs-excpath authors
# SPDX-License-Identifier: Apache-2.0
"""An Open vSwitch of its own to measure, and what it takes to run one.

Everything happens in network namespaces, directories and hugepages of its own,
and disappears with the Lab.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

PAGES_DIR = "/sys/kernel/mm/hugepages/hugepages-2048kB"
PAGES_NEEDED = 512


class LabError(Exception):
    """Something that the user has to mend, in words for the user."""


def run(*args, timeout=60, check=True, **kwargs):
    """Run a command; return what it printed."""
    try:
        done = subprocess.run(args, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout,
                              universal_newlines=True, check=False, **kwargs)
    except subprocess.TimeoutExpired as e:
        raise LabError("%s did not end in %d seconds"
                       % (" ".join(args), timeout)) from e
    if check and done.returncode:
        raise LabError("%s failed: %s" % (" ".join(args),
                                          done.stderr.strip()))
    return done.stdout


def read_file(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class Programs:
    """What there is to run: 'vswitchd', 'schema', the directories 'paths', to
    be searched before others, and what to do, 'cure', if one is missing.

    'build' is a build directory, or None for what was installed together with
    'here', where "make install" leaves a file that says what that is."""

    def __init__(self, build, here):
        if build is None:
            lines = read_file(os.path.join(here, "installed")).splitlines()
            installed = dict(line.split("=", 1) for line in lines)
            self.vswitchd = installed["vswitchd"]
            self.schema = installed["schema"]
            self.paths = []
            self.cure = ("install the packages of Open vSwitch and the one "
                         "with ovs-vswitchd-excpath")
        else:
            build = os.path.abspath(build)
            self.vswitchd = os.path.join(build, "ovs-vswitchd-excpath")
            self.schema = os.path.join(build,
                                       "ovs/src/vswitchd/vswitch.ovsschema")
            self.paths = [os.path.join(build, "ovs/build", part)
                          for part in ("ovsdb", "utilities")]
            self.cure = "run make in %s" % build

    def check(self):
        """Complains if one is missing."""
        # A build tree has all of its own.
        path = ":".join(self.paths) or os.environ["PATH"]
        for program in [self.vswitchd, "ovsdb-server", "ovsdb-tool",
                        "ovs-vsctl", "ovs-ofctl", "ovs-appctl"]:
            if not shutil.which(program, path=path):
                raise LabError("%s is missing: %s" % (program, self.cure))
        if not os.access(self.schema, os.R_OK):
            raise LabError("%s is missing: %s" % (self.schema, self.cure))


def allowed_cpus():
    return sorted(os.sched_getaffinity(0))


class Lab:
    """A switch with a PMD thread on the last CPU.

    It runs 'programs', in namespace 'host', whose peers are namespaces made
    with add_netns().
    """

    def __init__(self, programs, tso=False):
        self.programs = programs
        self.tso = tso
        self.prefix = "exbench-%d" % os.getpid()
        self.host = self.prefix + "-host"
        self.dir = None
        self.namespaces = []
        self.children = []
        self.pids = {}
        self.pages_before = None
        self.pages_set = None
        cpus = allowed_cpus()
        if len(cpus) < 2:
            raise LabError("one CPU is not enough: the PMD thread takes one")
        self.pmd_cpu = cpus[-1]
        self.other_cpus = cpus[:-1]

    # --- Start and end ---------------------------------------------------

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *unused):
        self.end()

    def start(self):
        self.programs.check()
        self.dir = tempfile.mkdtemp(prefix="excpath-bench.", dir="/tmp")
        os.mkdir(self.dir + "/bin")
        os.symlink(self.programs.vswitchd, self.dir + "/bin/ovs-vswitchd")
        os.environ["PATH"] = ":".join(
            [self.dir + "/bin"] + self.programs.paths
            + [p for p in os.environ["PATH"].split(":")
               if not p.startswith("/tmp/excpath-bench.")])
        for name in ["RUN", "DB", "LOG", "SYSCONF"]:
            os.environ["OVS_%sDIR" % name] = self.dir
        os.environ["OVS_CTL_TIMEOUT"] = "60"
        self.get_pages()
        self.add_netns(self.host)
        self.start_switch()

    def get_pages(self):
        free = int(read_file(PAGES_DIR + "/free_hugepages"))
        if free >= PAGES_NEEDED:
            return
        self.pages_before = int(read_file(PAGES_DIR + "/nr_hugepages"))
        with open(PAGES_DIR + "/nr_hugepages", "w", encoding="utf-8") as f:
            f.write(str(self.pages_before + PAGES_NEEDED - free))
        self.pages_set = int(read_file(PAGES_DIR + "/nr_hugepages"))
        if int(read_file(PAGES_DIR + "/free_hugepages")) < PAGES_NEEDED:
            raise LabError("%d hugepages of 2 MiB cannot be had: free some "
                           "memory" % PAGES_NEEDED)

    def start_switch(self):
        run("ovsdb-tool", "create", self.dir + "/conf.db",
            self.programs.schema)
        self.daemon("ovsdb-server", "--remote=punix:%s/db.sock" % self.dir,
                    self.dir + "/conf.db")
        self.vsctl("--no-wait", "init")
        self.vsctl("--no-wait", "set", "Open_vSwitch", ".",
                   "other_config:dpdk-init=true",
                   "other_config:dpdk-extra=--no-pci --in-memory "
                   "--file-prefix=" + self.prefix,
                   "other_config:pmd-cpu-mask=%#x" % (1 << self.pmd_cpu),
                   "other_config:userspace-tso-enable=%s"
                   % str(self.tso).lower(),
                   "external_ids:system-id=" + self.prefix)
        self.daemon("ovs-vswitchd", "unix:%s/db.sock" % self.dir,
                    netns=self.host)
        self.vsctl("add-br", "br0", "--", "set", "bridge", "br0",
                   "datapath_type=netdev", "fail_mode=secure")

    def daemon(self, name, *args, netns=None):
        command = [name, "--detach", "--no-chdir", "--pidfile", "--log-file",
                   "-vconsole:off", *args]
        if netns:
            command = ["ip", "netns", "exec", netns] + command
        run(*command)
        self.pids[name] = int(read_file("%s/%s.pid" % (self.dir, name)))

    def stop_children(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        self.children = []

    def end(self):
        self.stop_children()
        for name in ["ovs-vswitchd", "ovsdb-server"]:
            pid = self.pids.pop(name, None)
            if pid is None:
                continue
            run("ovs-appctl", "--timeout=30", "-t", name, "exit",
                *(["--cleanup"] if name == "ovs-vswitchd" else []),
                check=False)
            for _ in range(100):
                if not os.path.exists("/proc/%d" % pid):
                    break
                time.sleep(0.1)
            else:
                os.kill(pid, signal.SIGKILL)
        for netns in self.namespaces:
            run("ip", "netns", "del", netns, check=False)
        self.namespaces = []
        if (self.pages_set is not None
                and int(read_file(PAGES_DIR + "/nr_hugepages"))
                == self.pages_set):
            with open(PAGES_DIR + "/nr_hugepages", "w",
                      encoding="utf-8") as f:
                f.write(str(self.pages_before))
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            shutil.rmtree("/run/dpdk/" + self.prefix, ignore_errors=True)
            self.dir = None

    # --- The switch --------------------------------------------------------

    @property
    def vswitchd(self):
        return self.pids["ovs-vswitchd"]

    @staticmethod
    def vsctl(*args):
        return run("ovs-vsctl", "--timeout=60", *args).strip()

    @staticmethod
    def ofctl(*args):
        return run("ovs-ofctl", *args)

    @staticmethod
    def appctl(*args):
        return run("ovs-appctl", "--timeout=30", "-t", "ovs-vswitchd", *args)

    def add_port(self, name, *settings):
        """Add a port to br0; return its OpenFlow number."""
        self.vsctl("add-port", "br0", name, "--", "set", "Interface", name,
                   *settings)
        error = self.vsctl("get", "Interface", name, "error")
        if error != "[]":
            self.vsctl("del-port", name)
            raise LabError("port %s was refused: %s" % (name, error))
        return int(self.vsctl("get", "Interface", name, "ofport"))

    def add_sink(self):
        """Add a port that drops all; return its number.

        It also has the PMD thread poll, without which other kinds of ports
        would have that CPU as well, and the pool of packet buffers that ports
        share be there.
        """
        return self.add_port("sink", "type=dpdk",
                             "options:dpdk-devargs=net_null_sink,no-rx=1")

    def del_ports(self, *names):
        for name in names:
            self.vsctl("--if-exists", "del-port", name)

    def set_flows(self, *flows):
        path = self.dir + "/flows"
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(flows) + "\n")
        self.ofctl("replace-flows", "br0", path)

    def pmd_path(self):
        paths = self.threads(self.vswitchd, "pmd-c.*")
        if not paths:
            raise LabError("there is no PMD thread")
        return paths[0]

    def pmd_tid(self):
        return int(os.path.basename(self.pmd_path()))

    def pmd_stats(self):
        """Return packets and processing cycles of the PMD thread."""
        text = self.appctl("dpif-netdev/pmd-stats-show")
        text = text[text.index("pmd thread"):]
        packets = re.search(r"packets received: (\d+)", text)
        cycles = re.search(r"processing cycles: (\d+)", text)
        return int(packets.group(1)), int(cycles.group(1))

    @staticmethod
    def threads(pid, pattern):
        """Return paths of the threads of process 'pid' with such names."""
        paths = []
        for tid in os.listdir("/proc/%d/task" % pid):
            path = "/proc/%d/task/%s" % (pid, tid)
            try:
                if re.fullmatch(pattern, read_file(path + "/comm").strip()):
                    paths.append(path)
            except OSError:
                continue
        return paths

    def vhost_workers(self, pid):
        """Return paths of those that work for process 'pid'."""
        name = "vhost-%d" % pid
        paths = self.threads(pid, name)
        # Up to Linux 6.3 they are processes of the kernel's.
        for other in os.listdir("/proc"):
            if other.isdigit() and int(other) != pid:
                try:
                    if read_file("/proc/%s/comm" % other).strip() == name:
                        paths.append("/proc/" + other)
                except OSError:
                    continue
        return paths

    def worker_threads(self):
        """Return paths of the threads that move packets to and from taps."""
        return (self.vhost_workers(self.vswitchd)
                + self.threads(self.vswitchd, "exc[0-9].*"))

    def worker_cpu_time(self):
        """Return the CPU time of these threads so far, in seconds."""
        total = 0
        for path in self.worker_threads():
            try:
                total += int(read_file(path + "/schedstat").split()[0])
            except OSError:
                continue
        return total / 1e9

    def memory(self):
        """Return what the switch uses, in bytes: DPDK's heap and its own."""
        heap = sum(int(n) for n in re.findall(
            r"Alloc_size:(\d+)", self.appctl("dpdk/get-malloc-stats")))
        status = read_file("/proc/%d/status" % self.vswitchd)
        return heap + 1024 * int(re.search(r"RssAnon:\s+(\d+)",
                                           status).group(1))

    def settled_memory(self):
        """The same, once what was deleted before has been given back."""
        for _ in range(20):
            before = self.memory()
            # The sweep of packet pools comes a second later.
            time.sleep(1.2)
            now = self.memory()
            if abs(now - before) < 1 << 20:
                return now
        raise LabError("the memory of ovs-vswitchd does not settle")

    # --- Namespaces and processes --------------------------------------------

    def add_netns(self, name):
        run("ip", "netns", "add", name)
        self.namespaces.append(name)
        for path in ["all", "default"]:
            self.inside(name, "sysctl", "-qw",
                        "net.ipv6.conf.%s.disable_ipv6=1" % path, check=False)
        run("ip", "-n", name, "link", "set", "lo", "up")

    def del_netns(self, name):
        run("ip", "netns", "del", name, check=False)
        self.namespaces.remove(name)

    @staticmethod
    def inside(netns, *args, **kwargs):
        return run("ip", "netns", "exec", netns, *args, **kwargs)

    def spawn(self, netns, *args, **kwargs):
        """Start a command in the background; it ends with the lab."""
        child = subprocess.Popen(["ip", "netns", "exec", netns, *args],
                                 universal_newlines=True, **kwargs)
        self.children.append(child)
        return child
