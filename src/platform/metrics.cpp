#include "platform/metrics.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/address_list.hpp"
#include "http/certificate.hpp"
#include "storage/status.hpp"

namespace chengge::platform {

namespace {

// One family after the other: help, type, samples.
class Text {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_ += fmt::format("# HELP chengge_{} {}\n# TYPE chengge_{} {}\n", name, help, name, type);
    }
    template <class Number>
    void sample(Number value, const std::string& labels = "", std::string_view suffix = "") {
        text_ += fmt::format("chengge_{}{}{} {}\n", name_, suffix, labels.empty() ? "" : "{" + labels + "}", value);
    }
    template <class Number>
    void one(std::string_view name, std::string_view type, std::string_view help, Number value) {
        family(name, type, help);
        sample(value);
    }
    void histogram(const Histogram::Counts& counts, const std::string& labels) {
        const auto comma = labels.empty() ? "" : ",";
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < counts.buckets.size(); ++i) {
            sum += counts.buckets[i];
            const auto bound = i < Histogram::bounds_us.size() ? fmt::format("{}", static_cast<double>(Histogram::bounds_us[i]) / 1e6) : "+Inf";
            sample(sum, fmt::format("{}{}le=\"{}\"", labels, comma, bound), "_bucket");
        }
        sample(static_cast<double>(counts.sum_us) / 1e6, labels, "_sum");
        sample(sum, labels, "_count");
    }
    std::string take() { return std::move(text_); }

private:
    std::string name_;
    std::string text_;
};

void print_requests(Text& text, const http::ServerCounts& counts) {
    const auto labels = [](const auto& route) { return fmt::format("method=\"{}\",route=\"{}\"", route.method, route.pattern); };
    text.family("http_requests_total", "counter", "Answers by route and status.");
    for (const auto& route : counts.routes)
        for (const auto& [status, count] : route.by_status) text.sample(count, fmt::format("{},status=\"{}\"", labels(route), status));
    text.family("http_request_duration_seconds", "histogram", "From a request's first byte to the beginning of its answer.");
    for (const auto& route : counts.routes) text.histogram(route.latency, labels(route));
    text.one("http_connections", "gauge", "Open connections.", counts.connections);
    text.one("http_connections_accepted_total", "counter", "Connections taken.", counts.accepted);
    text.one("http_connections_turned_away_total", "counter", "Connections closed because too many were open.", counts.turned_away);
    text.one("http_handshakes_failed_total", "counter", "TLS handshakes that came to nothing.", counts.failed_handshakes);
    text.one("http_streams", "gauge", "Open event streams.", counts.streams);
    const auto pools = [&](std::string_view name, std::string_view help, auto reading, auto writing) {
        text.family(name, "gauge", help);
        text.sample(reading, "pool=\"read\"");
        text.sample(writing, "pool=\"write\"");
    };
    pools("http_queue_depth", "Requests that wait for a worker.", counts.reading.waiting, counts.writing.waiting);
    pools("http_workers_busy", "Workers at work.", counts.reading.running, counts.writing.running);
    pools("http_workers", "Workers there are.", counts.worker_threads, counts.writer_threads);
    text.one("http_requests_shed_total", "counter", "Requests answered busy because too many waited.", counts.shed);
    text.one("http_body_bytes", "gauge", "Bytes of request bodies in memory.", counts.body_bytes);
}

void print_feed(Text& text, const MetricsSources& sources) {
    const auto readers = sources.city.database->read([](storage::Transaction& transaction) { return storage::list_feed_readers(transaction); });
    const auto now_ms = sources.city.clock->now_ms();
    text.one("feed_position", "gauge", "Key of the newest entry of the feed.", sources.feed_end.key);
    text.family("feed_reader_position", "gauge", "Key of the last entry that a reader has dealt with.");
    for (const auto& reader : readers) text.sample(reader.position.key, fmt::format("reader=\"{}\"", reader.name));
    text.family("feed_reader_entries_behind", "gauge", "Entries that a reader has before it, counted up to 100000.");
    for (const auto& reader : readers) text.sample(reader.entries_behind, fmt::format("reader=\"{}\"", reader.name));
    text.family("feed_reader_lag_seconds", "gauge", "Age of the oldest entry that a reader has before it.");
    for (const auto& reader : readers)
        text.sample(reader.waiting_since_ms == 0 ? 0.0 : static_cast<double>(std::max<std::int64_t>(0, now_ms - reader.waiting_since_ms)) / 1000, fmt::format("reader=\"{}\"", reader.name));
}

void print_notices(Text& text, const MetricsSources& sources) {
    const auto now_ms = sources.city.clock->now_ms();
    const auto health = sources.city.database->read([&](storage::Transaction& transaction) { return notices::load_health(transaction, now_ms); });
    const auto family = [&](std::string_view name, std::string_view help, auto&& value) {
        text.family(name, "gauge", help);
        for (const auto& [channel, one] : health) text.sample(value(one), fmt::format("channel=\"{}\"", channel));
    };
    using Health = notices::ChannelHealth;
    family("notices_waiting", "Notices that have not gone out, by channel.", [](const Health& one) { return one.waiting; });
    family("notices_failed", "Notices that failed and nobody has decided about.", [](const Health& one) { return one.failed; });
    family("notices_unknown", "Notices whose outcome is unknown and nobody has decided about.", [](const Health& one) { return one.unknown; });
    family("notices_oldest_due_seconds", "How long the oldest notice has been due.", [&](const Health& one) { return one.oldest_due_ms == 0 ? 0.0 : static_cast<double>(now_ms - one.oldest_due_ms) / 1000; });
}

void print_storage(Text& text, const storage::Database& database) {
    const auto counts = database.write_counts();
    text.one("storage_writes_total", "counter", "Transactions whose changes are durable.", counts.kept);
    text.one("storage_commits_total", "counter", "Commits that made them so; on SQLite one for a whole group.", counts.commits);
    text.one("storage_writes_waiting", "gauge", "Transactions that have not begun.", counts.waiting);
    text.family("storage_commit_duration_seconds", "histogram", "Commits with their sync.");
    text.histogram(counts.duration, "");
    text.one("storage_stopped", "gauge", "1 after a failed sync: nothing is written until a restart.", database.has_stopped_writing() ? 1 : 0);
    text.one("storage_unchecked_bytes", "gauge", "Bytes of the write-ahead log that are not in the main file.", database.unchecked_bytes());
}

void print_process(Text& text) {
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    const auto memory = split(load_file("/proc/self/statm").value_or("0 0"), ' ');
    text.one("process_resident_memory_bytes", "gauge", "Memory in use.", std::stod(memory.at(1)) * page);
    // The second field may hold spaces; what follows the last bracket has none.
    const auto stat = load_file("/proc/self/stat").value_or("");
    const auto fields = split(stat.substr(std::min(stat.rfind(')') + 2, stat.size())), ' ');
    if (fields.size() > 12)
        text.one("process_cpu_seconds_total", "counter", "Processor time used.", (std::stod(fields[11]) + std::stod(fields[12])) / static_cast<double>(sysconf(_SC_CLK_TCK)));
    std::error_code error;
    const auto descriptors = std::filesystem::directory_iterator("/proc/self/fd", error);
    text.one("process_open_fds", "gauge", "Open file descriptors.", std::distance(begin(descriptors), end(descriptors)));
    text.one("process_max_fds", "gauge", "File descriptors that may be open.", sysconf(_SC_OPEN_MAX));
    text.one("log_lines_lost_total", "counter", "Log lines that could not be written.", count_lost_log_lines());
}

} // namespace

std::string print_metrics(const MetricsSources& sources) {
    Text text;
    text.family("build_info", "gauge", "The program.");
    text.sample(1, "version=\"" CHENGGE_VERSION "\"");
    text.one("up", "gauge", "1 when /healthz says ok.", sources.is_well ? 1 : 0);
    print_requests(text, sources.server.counts());
    print_feed(text, sources);
    text.family("open_cases", "gauge", "Cases that are not ended, by state.");
    for (const auto& [state, count] : sources.city.cases->count_open_cases()) text.sample(count, fmt::format("state=\"{}\"", state));
    print_notices(text, sources);
    print_storage(text, *sources.city.database);
    if (!sources.config.tls.certificate.empty())
        if (const auto facts = http::read_certificate(sources.config.tls.certificate, sources.config.tls.key))
            text.one("certificate_days_left", "gauge", "Days until the certificate ends.", static_cast<double>(facts->until_ms - SystemClock().now_ms()) / 86'400'000.0);
    print_process(text);
    return text.take();
}

bool is_metrics_reader(const Config& config, const std::string& address) {
    static const auto loopback = http::AddressList::parse({"127.0.0.0/8", "::1"});
    const auto allowed = http::AddressList::parse(config.metrics.allow);
    return loopback->contains(address) || (allowed && allowed->contains(address));
}

} // namespace chengge::platform
