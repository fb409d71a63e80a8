#include "survey/sandbox.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/failure.hpp"

namespace chengge::survey {

namespace {

constexpr std::size_t out_max = 4u << 20, errors_max = 64u << 10;

class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() { close(); }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    int get() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

[[noreturn]] void give_up(const char* what) { throw Failure("temporarily_unavailable", std::string("sandbox: ") + what + ": " + std::strerror(errno)); }

// The filter as the kernel takes it, made before the fork: between fork and exec nothing may allocate.
std::vector<sock_filter> make_filter() {
    auto* context = seccomp_init(SCMP_ACT_ALLOW);
    if (context == nullptr) give_up("no filter");
    constexpr int forbidden[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
                                 SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
                                 SCMP_SYS(process_vm_writev), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(setns), SCMP_SYS(unshare),
                                 SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
                                 SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(mknod),
                                 SCMP_SYS(mknodat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(chown), SCMP_SYS(fchown),
                                 SCMP_SYS(fchownat), SCMP_SYS(lchown), SCMP_SYS(setuid), SCMP_SYS(setgid)};
    bool is_whole = true;
    for (const auto call : forbidden) is_whole = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), call, 0) == 0 && is_whole;
    // Threads may begin, processes not; clone3 hides its flags behind a pointer, so that libc is sent back to clone.
    is_whole = seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 && is_whole;
    is_whole = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0 && is_whole;
    const Descriptor memory(memfd_create("filter", MFD_CLOEXEC));
    is_whole = is_whole && memory.get() >= 0 && seccomp_export_bpf(context, memory.get()) == 0;
    seccomp_release(context);
    if (!is_whole) give_up("no filter");
    struct stat info {};
    fstat(memory.get(), &info);
    std::vector<sock_filter> filter(static_cast<std::size_t>(info.st_size) / sizeof(sock_filter));
    if (pread(memory.get(), filter.data(), static_cast<std::size_t>(info.st_size), 0) != info.st_size) give_up("no filter");
    return filter;
}

constexpr std::uint64_t may_read = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t may_write = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR;
constexpr std::uint64_t all_acts = (std::uint64_t{1} << 13) - 1; // of Landlock's first version

void allow(int rules, const std::string& path, std::uint64_t acts) {
    const Descriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
    if (place.get() < 0) return;
    struct stat info {};
    fstat(place.get(), &info);
    if (!S_ISDIR(info.st_mode)) acts &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = acts;
    rule.parent_fd = place.get();
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

// Not every kernel has it; then the program sees what the server's own user may read.
Descriptor make_landlock(const SandboxJob& job) {
    landlock_ruleset_attr attribute{};
    attribute.handled_access_fs = all_acts;
    Descriptor rules(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attribute, sizeof attribute.handled_access_fs, 0)));
    if (rules.get() < 0) return rules;
    for (const auto* path : {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/proc/self", "/dev/urandom", "/dev/null", "/etc/localtime"}) allow(rules.get(), path, may_read);
    allow(rules.get(), "/dev/null", may_read | may_write);
    for (const auto& path : job.readable) allow(rules.get(), path, may_read);
    allow(rules.get(), job.folder, may_read | may_write);
    return rules;
}

void limit(int what, std::int64_t value, std::int64_t beyond = 0) {
    const rlimit bound{static_cast<rlim_t>(value), static_cast<rlim_t>(value + beyond)};
    setrlimit(static_cast<__rlimit_resource>(what), &bound);
}

// Of the child: system calls only.
[[noreturn]] void become(const SandboxJob& job, char* const* arguments, char* const* environment, const sock_fprog& filter, int landlock, int out, int errors, pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(errors, 2) < 0 || chdir(job.folder.c_str()) != 0) _exit(126);
    syscall(SYS_close_range, 3U, ~0U, landlock >= 0 ? CLOSE_RANGE_CLOEXEC : 0U);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int number = 1; number < 32; ++number) signal(number, SIG_DFL);
    if (unshare(CLONE_NEWNET) != 0) unshare(CLONE_NEWUSER | CLONE_NEWNET); // when neither goes the filter still forbids sockets
    limit(RLIMIT_AS, job.memory_bytes);
    limit(RLIMIT_FSIZE, job.file_bytes);
    limit(RLIMIT_CPU, job.cpu_seconds, 2); // told by SIGXCPU first, which says why
    limit(RLIMIT_NOFILE, 128);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    umask(0077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(126);
    if (landlock >= 0 && syscall(SYS_landlock_restrict_self, landlock, 0) != 0) _exit(126);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(126);
    execve(job.program.c_str(), arguments, environment);
    _exit(127);
}

// Takes what is there; false at the end of the pipe. What is over the bound is read and dropped.
bool drain(int fd, std::string& into, std::size_t most) {
    char buffer[16384];
    for (;;) {
        const auto got = read(fd, buffer, sizeof buffer);
        if (got > 0) {
            if (into.size() < most) into.append(buffer, std::min(static_cast<std::size_t>(got), most - into.size()));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        return got < 0 && errno == EAGAIN;
    }
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (auto& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

SandboxEnd end_of(int status, const std::string& errors, std::optional<SandboxEnd> killed_for) {
    if (killed_for) return *killed_for;
    const bool lacks_memory = errors.find("bad_alloc") != std::string::npos || errors.find("Out of memory") != std::string::npos || errors.find("ut of memory") != std::string::npos || errors.find("Cannot allocate") != std::string::npos;
    if (WIFEXITED(status)) {
        if (WEXITSTATUS(status) >= 126) return SandboxEnd::not_started;
        return WEXITSTATUS(status) != 0 && lacks_memory ? SandboxEnd::out_of_memory : SandboxEnd::exited;
    }
    switch (WTERMSIG(status)) {
    case SIGXCPU: return SandboxEnd::out_of_time;
    case SIGXFSZ: return SandboxEnd::file_too_large;
    case SIGABRT:
    case SIGKILL: return lacks_memory ? SandboxEnd::out_of_memory : SandboxEnd::crashed;
    default: return lacks_memory ? SandboxEnd::out_of_memory : SandboxEnd::crashed;
    }
}

} // namespace

SandboxOutcome run_sandboxed(const SandboxJob& job) {
    auto filter = make_filter();
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    const auto landlock = make_landlock(job);
    int out[2], errors[2];
    if (pipe2(out, O_CLOEXEC) != 0) give_up("no pipe");
    Descriptor out_reader(out[0]), out_writer(out[1]);
    if (pipe2(errors, O_CLOEXEC) != 0) give_up("no pipe");
    Descriptor error_reader(errors[0]), error_writer(errors[1]);
    for (const auto fd : {out[0], errors[0]}) fcntl(fd, F_SETFL, O_NONBLOCK);
    std::vector<std::string> argument_texts{job.program}, environment_texts = job.environment;
    argument_texts.insert(argument_texts.end(), job.arguments.begin(), job.arguments.end());
    const auto arguments = pointers(argument_texts), environment = pointers(environment_texts);
    const auto parent = getpid();
    // Not fork(): it runs what libraries have asked to be run in a child, and PROJ's waits for ever for a lock that another thread held.
    const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (child < 0) give_up("no process");
    if (child == 0) become(job, arguments.data(), environment.data(), program, landlock.get(), out[1], errors[1], parent);
    setpgid(child, child); // whoever comes first
    out_writer.close();
    error_writer.close();
    SandboxOutcome outcome;
    std::optional<SandboxEnd> killed_for;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(job.wall_seconds);
    pollfd polled[] = {{out_reader.get(), POLLIN, 0}, {error_reader.get(), POLLIN, 0}};
    int open_pipes = 2, status = 0;
    while (open_pipes > 0) {
        poll(polled, 2, 100);
        for (auto& one : polled) {
            if (one.fd < 0 || one.revents == 0) continue;
            const bool is_out = &one == &polled[0];
            if (drain(one.fd, is_out ? outcome.out : outcome.errors, is_out ? out_max : errors_max)) continue;
            one.fd = -1;
            --open_pipes;
        }
        if (killed_for) continue;
        if (std::chrono::steady_clock::now() > deadline) killed_for = SandboxEnd::out_of_time;
        else if (job.is_stopped && job.is_stopped()) killed_for = SandboxEnd::stopped;
        if (killed_for) kill(-child, SIGKILL);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    kill(-child, SIGKILL); // what it may have left of its group
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.end = end_of(status, outcome.errors, killed_for);
    return outcome;
}

} // namespace chengge::survey
