// chengge simulate --month: a month of the model city, its bulletin counted from the database.
#include <filesystem>

#include "base/log.hpp"
#include "base/time.hpp"
#include "demo/bulletin.hpp"
#include "demo/month.hpp"
#include "platform/commands.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

constexpr const char* published_month = "2023-02";

struct Span {
    std::int64_t from_ms = 0, to_ms = 0;
    int year = 0;
};

std::optional<Span> span_of(const std::string& month) {
    auto date = month.size() == 7 ? parse_date(month + "-01") : std::nullopt;
    if (!date) return std::nullopt;
    Span span{city_midnight_ms(*date), 0, date->year};
    date->month == 12 ? (date->month = 1, ++date->year) : ++date->month;
    span.to_ms = city_midnight_ms(*date);
    return span;
}

// Exit code.
Result<int> run(const MonthCommand& command, const std::string& folder, const Span& span) {
    Progress progress;
    DemoOptions demo_options{.installation = command.installation, .seed = command.seed, .months = 1, .components = 0};
    TRY_ASSIGN(founded, found_demo_city(demo_options, folder, span.to_ms, std::to_string(span.year - 1) + "-01-01", progress));
    auto& city = *founded.city;
    const auto set = city.rules->current();
    const auto figures = demo::MonthFigures::published().scaled(command.share);
    TRY_ASSIGN(made, progress.part("finds and their steps", [&] {
        return demo::add_month({founded.plan, *set, *city.identity, *city.cases, founded.photos}, {.seed = command.seed, .from_ms = span.from_ms, .to_ms = span.to_ms, .figures = figures});
    }));
    progress.part("numbers and search index", [&] {
        city.cases->run_jobs_once();
        return 0;
    });
    const auto counts = progress.part("counted", [&] { return demo::count_month(*city.database, span.from_ms, span.to_ms); });
    std::fprintf(stderr, "  %lld cases\n", static_cast<long long>(made));
    const auto text = demo::bulletin_text(counts, set->taxonomy, command.month, command.month == published_month && command.share == 1);
    if (command.out.empty()) std::fputs(text.c_str(), stdout);
    else save_file(command.out, text);
    int code = 0;
    for (const auto& one : demo::reconcile(counts)) {
        if (one.holds()) continue;
        std::fprintf(stderr, "%s: %lld, %lld\n", one.what.c_str(), static_cast<long long>(one.left), static_cast<long long>(one.right));
        code = 1;
    }
    return code;
}

} // namespace

int simulate_month(const MonthCommand& command) {
    const auto span = span_of(command.month);
    if (!span) {
        std::fprintf(stderr, "--month %s must be like 2023-02\n", command.month.c_str());
        return 2;
    }
    const bool is_kept = !command.installation.data.empty();
    const auto folder = is_kept ? command.installation.data : (files::temp_directory_path() / ("chengge-month-" + std::to_string(SystemClock().now_ms()))).string();
    if (files::exists(folder) && !files::is_empty(folder)) {
        std::fprintf(stderr, "%s is not empty; name a new folder\n", folder.c_str());
        return 1;
    }
    set_log_level(LogLevel::warning);
    files::create_directories(folder);
    Result<int> code = 1;
    try {
        code = run(command, folder, *span);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the month could not be made: %s\n", error.what());
    }
    if (!is_kept) files::remove_all(folder);
    return code ? *code : refuse(code.error());
}

} // namespace chengge::platform
