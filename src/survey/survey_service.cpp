#include "survey/survey_service.hpp"

#include <filesystem>
#include <limits>

#include <fmt/format.h>

#include "base/files.hpp"
#include "survey/survey_state.hpp"

namespace chengge::survey {

constexpr int publish_tries_max = 5;

SurveyService::SurveyService(std::unique_ptr<State> state) : state_(std::move(state)) {}
SurveyService::~SurveyService() = default;

Result<std::unique_ptr<SurveyService>> SurveyService::open(SurveyParts parts) {
    auto state = std::make_unique<State>(std::move(parts));
    // The sandbox works from inside its folder: a path that begins where the server was started leads nowhere there.
    state->parts.folder = std::filesystem::absolute(state->parts.folder).lexically_normal().string();
    if (const auto& file = state->parts.systems_file; !file.empty() && std::filesystem::exists(file)) {
        TRY_ASSIGN(list, load_json(file));
        auto systems = geo::read_local_systems(list);
        if (!systems) {
            std::string reason = systems.error().code;
            for (const auto& [name, value] : systems.error().facts) reason += " " + name + "=" + value;
            return fail("bad_data", {{"file", file}, {"line", "1"}, {"reason", reason}});
        }
        state->systems = std::move(*systems);
    }
    make_folders(state->parts.folder);
    return std::unique_ptr<SurveyService>(new SurveyService(std::move(state)));
}

void SurveyService::use(KeptDays days) { state_->kept_days.store(days); }
void SurveyService::find_readers() { survey::find_readers(); }

void SurveyService::start_jobs() {
    state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->loop(stop); });
}

void SurveyService::stop_jobs() {
    state_->thread.request_stop();
    state_->wake();
    if (state_->thread.joinable()) state_->thread.join();
}

Result<SurveyService::Outcome> SurveyService::import_file(const std::string& path, NewImport asked, const std::string& reason, const registry::Progress& progress) {
    auto& state = *state_;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return fail("bad_data", {{"file", path}, {"line", "0"}, {"reason", "cannot be read"}});
    asked.import_id = make_uuid(state.parts.clock.now_ms());
    asked.bytes = static_cast<std::int64_t>(size);
    TRY_ASSIGN(made, state.create(asked, std::nullopt));
    // The file stays where it lies; a server that runs beside may take the work over.
    std::filesystem::create_symlink(std::filesystem::canonical(path), state.upload_of(made.id));
    TRY_ASSIGN(taken, state.take_in_place(made));
    Outcome outcome;
    const auto work = [&]() -> Result<Import> {
        for (;;) {
            (void)state.work_on(taken.key, progress);
            TRY_ASSIGN(now, state.load(taken.id));
            if (now.problem && now.problem->code != "survey_outdated") return tl::unexpected(*now.problem); // else it is checked anew
            if (now.state == "stopped") return fail("survey_stopped");
            if (now.state != "converting" && now.state != "checking" && now.state != "publishing") return now;
            std::this_thread::sleep_for(std::chrono::milliseconds(300)); // another process has it
        }
    };
    TRY_ASSIGN(now, work());
    outcome.faults_file = state.report_of(now.id);
    // Again, when the layer was changed between its check and its publication.
    for (int asked_times = 0; asked_times < publish_tries_max; ++asked_times) {
        outcome.may_publish = now.state == "waiting" && report_of(now).may_publish();
        if (!outcome.may_publish || reason.empty()) break;
        const auto is_asked = state.ask_publish(now.id, reason, std::nullopt);
        if (!is_asked && is_asked.error().code != "survey_outdated") return tl::unexpected(is_asked.error());
        TRY_ASSIGN(then, work());
        now = std::move(then);
    }
    outcome.is_published = now.state == "published";
    if (outcome.may_publish && !reason.empty() && !outcome.is_published) return fail("survey_outdated");
    outcome.import = show(now, *state.parts.registry.find_layer(now.layer), Language::zh, nullptr);
    return outcome;
}

std::string SurveyService::print_faults(const Outcome& outcome, Language language, std::size_t most) const {
    std::string text;
    for (const auto& fault : FaultFile(outcome.faults_file).read(0, std::numeric_limits<std::int64_t>::max(), static_cast<int>(most)).items) {
        const auto place = fault.row == 0 ? std::string(language == Language::zh ? "整个文件" : "the file") : fmt::format("{} {}", language == Language::zh ? "第" : "row", fault.row) + (language == Language::zh ? " 行" : "");
        text += fmt::format("{}{}{}: {}{}\n", place, fault.id.empty() ? "" : " " + fault.id, fault.column.empty() ? "" : " [" + fault.column + "]", fault.words.in(language), fault.is_blocking ? "" : language == Language::zh ? "（提示）" : " (to be looked at)");
    }
    return text;
}

} // namespace chengge::survey
