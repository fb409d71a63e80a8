// The two texts of an evidence pack that are made from its facts: case.json and the page.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_store.hpp"
#include "cases/evidence.hpp"

namespace chengge::cases {

namespace {

json::object names_json(const std::map<std::string, std::string>& names) {
    json::object object;
    for (const auto& [code, name] : names) object[code] = name;
    return object;
}

json::object step_json(const EvidenceStep& one) {
    using rules::field_text;
    const auto& step = one.step;
    json::array media, siblings;
    for (const auto& photo : step.media) media.push_back(json::value(photo.sm3_hex));
    json::object object{{"seq", step.seq},
                        {"epoch", step.epoch},
                        {"platform", step.platform},
                        {"step_id", field_text(step.step_id)},
                        {"action", step.action},
                        {"from", step.from},
                        {"to", step.to},
                        {"subject_kind", step.subject_kind},
                        {"subject_id", field_text(step.subject_id)},
                        {"receiver_organisation", step.receiver_organisation},
                        {"receiver_person", field_text(step.receiver_person)},
                        {"filing_row", step.filing_row},
                        {"changes", step.changes},
                        {"actor", field_text(step.actor_id)},
                        {"role", step.role},
                        {"organisation", step.organisation},
                        {"at", format_rfc3339(step.at_ms)},
                        {"recorded", format_rfc3339(step.recorded_ms)},
                        {"deadline", step.deadline_ms ? json::value(format_rfc3339(*step.deadline_ms)) : json::value(nullptr)},
                        {"rules_version", step.rules_version},
                        {"media", std::move(media)},
                        {"opinion", step.opinion},
                        {"salt", to_hex(one.salt)},
                        {"body_hash", to_hex(one.body_hash)},
                        {"chain", to_hex(one.chain)},
                        {"proof", nullptr}};
    if (!one.proof) return object;
    for (const auto& sibling : one.proof->siblings) siblings.push_back(json::value(to_hex(sibling)));
    object["proof"] = json::object{{"root", one.proof->root}, {"index", one.proof->index}, {"siblings", std::move(siblings)}};
    return object;
}

// The fields of the case after its last step, as the steps say.
std::map<std::string, std::string> fold_steps(const std::vector<EvidenceStep>& steps) {
    std::map<std::string, std::string> fields;
    for (const auto& one : steps)
        for (const auto& line : split(one.step.changes, '\n'))
            if (const auto equals = line.find('='); equals != std::string::npos) fields[line.substr(0, equals)] = line.substr(equals + 1);
    return fields;
}

// "2026-11-22 22:06:57", the city's time.
std::string instant(std::int64_t at_ms) {
    auto text = format_rfc3339(at_ms).substr(0, 19);
    text[10] = ' ';
    return text;
}

class Page {
public:
    Page(const EvidenceCase& evidence, const EvidenceRules& rules, const std::vector<SignedRoot>& roots) : evidence_(evidence), rules_(rules), roots_(roots) {}

    std::string print() {
        const auto title = "证据包 " + (evidence_.case_no.empty() ? format_uuid(evidence_.case_id) : evidence_.case_no);
        out_ = "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>" + to_xml_text(title) +
               "</title><style>body{font:15px/1.6 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2733}h1{font-size:1.5rem}table{border-collapse:collapse;width:100%}"
               "th,td{border:1px solid #cbd5e0;padding:.35rem .5rem;text-align:left;vertical-align:top}th{background:#f1f5f9;white-space:nowrap}code{font-size:.8rem;word-break:break-all}"
               "img{max-width:14rem;max-height:11rem;margin:.2rem .2rem 0 0}@media print{a{color:inherit}}</style></head><body>\n<h1>" +
               to_xml_text(title) + "</h1>\n";
        print_case();
        print_steps();
        print_proof();
        out_ += "</body></html>\n";
        return std::move(out_);
    }

private:
    const rules::Rules* rules_of(const std::string& version) const {
        const auto found = rules_.find(version);
        return found == rules_.end() ? nullptr : found->second.get();
    }
    static std::string name_in(const std::map<std::string, std::string>& names, const std::string& code) {
        const auto found = names.find(code);
        return found == names.end() ? code : found->second;
    }
    std::string action_name(const rules::Step& step) const {
        if (const auto* rules = rules_of(step.rules_version))
            for (const auto& machine : rules->workflow.machines)
                for (const auto& row : machine.actions)
                    if (machine.name == step.subject_kind && row.code == step.action) return row.zh;
        for (const auto& row : rules::bulk_actions())
            if (row.code == step.action) return row.zh;
        return step.action;
    }
    // The word of a state at the level that the act belongs to: a check that passed is no report
    // that proved true.
    std::string state_name(const rules::Step& step, const std::string& code) const {
        const auto* rules = rules_of(step.rules_version);
        if (rules == nullptr) return code;
        for (const auto& machine : rules->workflow.machines) {
            if (machine.name != step.subject_kind) continue;
            for (const auto& row : machine.actions) {
                if (row.code != step.action) continue;
                for (const auto& level : row.levels)
                    if (const auto* state = machine.find_state(level, code)) return state->zh;
            }
            for (const auto& state : machine.states)
                if (state.code == code) return state.zh;
        }
        return code;
    }

    void row(const std::string& name, const std::string& value) {
        if (!value.empty()) out_ += "<tr><th>" + to_xml_text(name) + "</th><td>" + to_xml_text(value) + "</td></tr>\n";
    }

    void print_case() {
        auto fields = fold_steps(evidence_.steps);
        const auto& first = evidence_.steps.front().step;
        std::string class_name = fields["class_code"];
        if (const auto* rules = rules_of(fields["rules_version"]))
            if (const auto* problem = rules->taxonomy.find_class(fields["edition"], fields["kind"], fields["class_code"])) class_name += " " + problem->name;
        out_ += "<table>\n";
        row("案卷号", evidence_.case_no);
        row("案件编号", format_uuid(evidence_.case_id));
        row("平台", evidence_.platform);
        row("问题描述", first.opinion);
        row("上报时间", instant(first.at_ms));
        row("问题类别", class_name);
        row("地址", fields["address"]);
        row("经纬度（CGCS2000）", fields["lon"] + "，" + fields["lat"]);
        row("单元网格", fields["cell_code"]);
        if (evidence_.contact_state == "given") row("上报人", evidence_.contact_name + " " + evidence_.contact_phone);
        if (evidence_.contact_state == "left_out") row("上报人", "未列入本证据包");
        row("导出时间", instant(evidence_.made_ms));
        out_ += "</table>\n<h2>办理经过</h2>\n";
    }

    void print_photos(const rules::Step& step) {
        for (const auto& photo : step.media) {
            const auto path = to_xml_text(name_in(evidence_.photos, photo.sm3_hex));
            out_ += "<a href=\"" + path + "\"><img alt=\"照片\" src=\"" + path + "\"></a>";
        }
    }

    void print_steps() {
        out_ += "<table>\n<tr><th>序</th><th>时间</th><th>操作</th><th>状态</th><th>经办</th><th>接收</th><th>意见、照片</th><th>处置截止</th><th>签名日</th></tr>\n";
        for (const auto& one : evidence_.steps) {
            const auto& step = one.step;
            const auto actor = step.actor_id.is_nil() ? std::string() : name_in(evidence_.people, format_uuid(step.actor_id));
            auto receiver = step.receiver_organisation.empty() ? std::string() : name_in(evidence_.organisations, step.receiver_organisation);
            if (!step.receiver_person.is_nil()) receiver += " " + name_in(evidence_.people, format_uuid(step.receiver_person));
            const auto from = state_name(step, step.from), to = state_name(step, step.to);
            out_ += "<tr><td>" + std::to_string(step.seq) + "</td><td>" + instant(step.at_ms) + "</td><td>" + to_xml_text(action_name(step)) + "</td><td>" +
                    to_xml_text(from.empty() || from == to ? to : from + " → " + to) + "</td><td>" + to_xml_text(name_in(evidence_.organisations, step.organisation)) + "<br>" +
                    to_xml_text(name_in(evidence_.roles, step.role)) + " " + to_xml_text(actor) + "</td><td>" + to_xml_text(receiver) + "</td><td>" + to_xml_text(step.opinion);
            if (!step.media.empty()) out_ += "<br>";
            print_photos(step);
            out_ += "</td><td>" + (step.deadline_ms ? instant(*step.deadline_ms) : std::string()) + "</td><td>" + root_day(one) + "</td></tr>\n";
        }
        out_ += "</table>\n";
    }

    std::string root_day(const EvidenceStep& one) const {
        if (!one.proof) return "尚未签名";
        for (const auto& root : roots_)
            if (root.number == one.proof->root) return root.day;
        return "";
    }

    void print_proof() {
        out_ += "<h2>如何核验</h2>\n<p>在任何一台装有城格的电脑上运行 <code>chengge audit --pack 本文件.zip --key 公钥.pem</code>，不需要数据库，也不需要联网。"
                "核验内容：每一步的链值、意见与联系方式的摘要、照片原件、每日签名的默克尔证明、签名与公钥，以及本页面是否与这些内容一致。公钥请向签发单位另行索取，不要使用本包自带的。</p>\n<table>\n";
        row("最后一步的链值（SM3）", to_hex(evidence_.steps.back().chain));
        for (const auto& root : roots_) row("签名日 " + root.day, "第 " + std::to_string(root.number) + " 号，" + root.algorithm + "，密钥 " + root.key_id + "，摘要 " + to_hex(root_hash(root)));
        out_ += "</table>\n<p>姓名和单位名称为导出当日的叫法，不在链内；链内是其编号。</p>\n";
    }

    const EvidenceCase& evidence_;
    const EvidenceRules& rules_;
    const std::vector<SignedRoot>& roots_;
    std::string out_;
};

} // namespace

json::object to_json(const EvidenceCase& evidence) {
    json::array steps;
    for (const auto& one : evidence.steps) steps.push_back(step_json(one));
    return {{"format", "chengge-evidence-1"},
            {"case_id", format_uuid(evidence.case_id)},
            {"case_no", evidence.case_no},
            {"platform", evidence.platform},
            {"made_ms", evidence.made_ms},
            {"program", evidence.program},
            {"contact", evidence.contact_state},
            {"contact_name", evidence.contact_name},
            {"contact_phone", evidence.contact_phone},
            {"photos", names_json(evidence.photos)},
            {"people", names_json(evidence.people)},
            {"organisations", names_json(evidence.organisations)},
            {"roles", names_json(evidence.roles)},
            {"steps", std::move(steps)}};
}

std::string evidence_page(const EvidenceCase& evidence, const EvidenceRules& rules, const std::vector<SignedRoot>& roots) {
    return Page(evidence, rules, roots).print();
}

} // namespace chengge::cases
