// chengge import organisations; what both imports of identity read.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "identity/import_file.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"
#include "storage/feed.hpp"

namespace chengge::identity {

namespace {

constexpr std::pair<std::string_view, std::string_view> chinese_names[] = {
    {"编码", "code"},       {"代码", "code"},          {"名称", "name"},     {"姓名", "name"},
    {"类型", "kind"},       {"上级编码", "parent_code"}, {"区划编码", "region_code"},
    {"登录名", "login"},    {"电话", "phone"},         {"手机号", "phone"},
    {"机构编码", "organisation_code"}, {"岗位", "roles"}};

struct Candidate {
    IdentityService::NewOrganisation organisation;
    int line = 0;
    bool is_faulty = false;
};

class OrganisationImport {
public:
    OrganisationImport(const IdentityService::State& state, const std::string& file, ImportReport& report)
        : state_(state), directory_(*state.get_directory()), file_(file), report_(report) {}

    // What is new or has changed, parents before children.
    std::vector<IdentityService::NewOrganisation> run(const std::function<bool(const std::string&)>& is_region) {
        for (const auto& line : load_import_lines(file_, {"code", "name", "kind", "parent_code", "region_code"}, report_)) read(line, is_region);
        check_parents();
        std::vector<IdentityService::NewOrganisation> wanted;
        std::set<std::string> given;
        bool has_more = true;
        while (std::exchange(has_more, false))
            for (auto& candidate : candidates_) {
                const auto& one = candidate.organisation;
                const bool is_ready = one.parent_code.empty() || given.contains(one.parent_code) || !place_of_.contains(one.parent_code);
                if (candidate.is_faulty || !is_ready || !given.insert(one.code).second) continue;
                has_more = true;
                if (take(one)) wanted.push_back(one);
            }
        for (const auto& candidate : candidates_) report_.skipped += candidate.is_faulty;
        return wanted;
    }

private:
    void read(const ImportLine& line, const std::function<bool(const std::string&)>& is_region) {
        Candidate candidate{{line.field("code"), line.field("name"), line.field("kind"), line.field("parent_code"), line.field("region_code")}, line.line};
        auto& one = candidate.organisation;
        const auto refuse = [&](Words words) {
            candidate.is_faulty = true;
            add(line.line, std::move(words));
        };
        if (!is_organisation_code(one.code)) refuse({"机构编码 " + one.code + " 只能用小写字母、数字和 - _ .，最多 64 位", "the code " + one.code + " may have lower-case letters, digits and - _ . only, at most 64"});
        if (one.name.empty() || count_characters(one.name) > 100) refuse({"机构 " + one.code + " 的名称须为 1 至 100 个字", "the name of " + one.code + " must have 1 to 100 characters"});
        const auto kind = std::ranges::find_if(state_.posts.kinds, [&](const Kind& of) { return of.code == one.kind || of.zh == one.kind; });
        if (kind == state_.posts.kinds.end()) refuse({"机构 " + one.code + " 的类型 " + one.kind + " 不存在", "there is no kind " + one.kind + ", of " + one.code});
        else one.kind = kind->code;
        if (!one.region_code.empty() && !is_region(one.region_code)) refuse({"机构 " + one.code + " 的区划 " + one.region_code + " 不存在，请先导入区划", "the region " + one.region_code + " of " + one.code + " does not exist; import the regions first"});
        if (const auto [first, is_new] = place_of_.emplace(one.code, line.line); !is_new)
            refuse({fmt::format("机构编码 {} 重复，前面第 {} 行已有", one.code, first->second), fmt::format("the code {} stands twice, before on line {}", one.code, first->second)});
        candidates_.push_back(std::move(candidate));
    }

    // Until nothing changes: what hangs on a faulty organisation is faulty too; what is left unplaced
    // hangs on itself.
    void check_parents() {
        std::set<std::string> good;
        bool has_more = true;
        while (std::exchange(has_more, false))
            for (const auto& candidate : candidates_) {
                const auto& one = candidate.organisation;
                const bool is_rooted = one.parent_code.empty() || good.contains(one.parent_code) ||
                                       (!place_of_.contains(one.parent_code) && directory_.find_organisation(one.parent_code) != nullptr);
                if (!candidate.is_faulty && is_rooted && good.insert(one.code).second) has_more = true;
            }
        for (auto& candidate : candidates_) {
            const auto& one = candidate.organisation;
            if (candidate.is_faulty || good.contains(one.code)) continue;
            candidate.is_faulty = true;
            if (!place_of_.contains(one.parent_code)) add(candidate.line, {"机构 " + one.code + " 的上级 " + one.parent_code + " 不存在", "the parent " + one.parent_code + " of " + one.code + " does not exist"});
            else add(candidate.line, {"机构 " + one.code + " 的上级 " + one.parent_code + " 有误，或互为上级", "the parent " + one.parent_code + " of " + one.code + " is faulty, or they are above each other"});
        }
    }

    // Counts; true when it must be stored.
    bool take(const IdentityService::NewOrganisation& one) {
        const auto* old = directory_.find_organisation(one.code);
        if (old == nullptr) {
            ++report_.added;
            return true;
        }
        const auto* parent = old->parent_key ? directory_.find_organisation(*old->parent_key) : nullptr;
        const bool is_same = old->name == one.name && old->kind == one.kind && old->region_code == one.region_code && (parent == nullptr ? "" : parent->code) == one.parent_code;
        ++(is_same ? report_.unchanged : report_.changed);
        return !is_same;
    }

    void add(int line, Words words) { report_.faults.push_back({file_, line, false, std::move(words)}); }

    const IdentityService::State& state_;
    const Directory& directory_;
    const std::string& file_;
    ImportReport& report_;
    std::vector<Candidate> candidates_;
    std::map<std::string, int> place_of_;
};

} // namespace

std::vector<ImportLine> load_import_lines(const std::string& file, const std::vector<std::string>& columns, ImportReport& report) {
    const auto refuse = [&](int line, Words words) { report.faults.push_back({file, line, false, std::move(words)}); };
    const auto text = load_file(file);
    if (!text) {
        refuse(0, {"读不到文件：" + text.error().facts.at("reason"), "cannot be read: " + text.error().facts.at("reason")});
        return {};
    }
    if (!is_utf8(*text)) {
        refuse(0, {"不是 UTF-8 编码；Excel 请另存为“CSV UTF-8(逗号分隔)”", "is not UTF-8; in Excel save as \"CSV UTF-8\""});
        return {};
    }
    const auto table = parse_csv(*text, file);
    if (!table) {
        const auto& facts = table.error().facts;
        refuse(std::atoi(facts.at("line").c_str()), {"不是正确的 CSV：" + facts.at("reason"), "is not CSV: " + facts.at("reason")});
        return {};
    }
    std::vector<std::string> names;
    for (const auto& given : table->header) {
        std::string name(trim(given));
        for (const auto& [from, to] : chinese_names)
            if (name == from) name = to;
        names.push_back(std::move(name));
    }
    for (const auto& column : columns)
        if (std::ranges::find(names, column) == names.end()) {
            refuse(1, {"缺少列 " + column + "；须有：" + join(columns, ","), "the column " + column + " is missing; there must be " + join(columns, ",")});
            return {};
        }
    std::vector<ImportLine> lines;
    for (const auto& row : table->rows) {
        ImportLine line{.line = row.line};
        for (std::size_t i = 0; i < names.size(); ++i) line.fields[names[i]] = trim(row.fields[i]);
        lines.push_back(std::move(line));
    }
    report.rows = static_cast<int>(lines.size());
    return lines;
}

ImportReport IdentityService::import_organisations(const std::string& file, const ImportOptions& options, const std::function<bool(const std::string&)>& is_region) {
    auto& state = *state_;
    ImportReport report;
    const auto wanted = OrganisationImport(state, file, report).run(is_region);
    std::ranges::stable_sort(report.faults, {}, &ImportFault::place);
    if (!is_to_be_stored(report, options)) return report;
    const auto now_ms = state.clock.now_ms();
    if (!wanted.empty())
        (void)state.write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
            for (const auto& one : wanted) {
                const auto parent = one.parent_code.empty() ? std::nullopt : find_organisation_key(transaction, one.parent_code);
                if (insert_organisation(transaction, one, parent, now_ms)) continue;
                const auto key = *find_organisation_key(transaction, one.code);
                transaction.run(sql::change_organisation, {{"organisation_key", key}, {"name", one.name}, {"kind", one.kind}, {"parent_key", parent}, {"region_code", one.region_code}});
                storage::append_feed(transaction, {.kind = "directory", .subject_key = key, .recorded_ms = now_ms});
            }
            state.log_access(transaction, {.act = "organisations_imported", .subject = std::to_string(wanted.size()) + " organisations", .remote_address = "command line"});
            return {};
        });
    state.reload();
    report.is_stored = true;
    return report;
}

std::string IdentityService::export_organisations() const {
    const auto directory = this->directory();
    std::string text = "code,name,kind,parent_code,region_code\n";
    for (const auto& one : directory->organisations()) {
        const auto* parent = one.parent_key ? directory->find_organisation(*one.parent_key) : nullptr;
        text += join({csv_field(one.code), csv_field(one.name), one.kind, parent == nullptr ? "" : parent->code, one.region_code}, ",") + "\n";
    }
    return text;
}

} // namespace chengge::identity
