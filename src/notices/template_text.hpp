// A text with {placeholders}: parsed once, filled for each notice. Pure. The placeholders are a closed list, none of which
// says who reported.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::notices {

inline constexpr std::string_view placeholders[] = {"案卷号", "类别", "地点", "区域", "时限", "单位", "意见", "环节", "时间", "申请", "级别", "链接", "平台"};

using Values = std::map<std::string, std::string, std::less<>>; // placeholder → text; one that is missing is empty

enum class Escaping { none, json, form, header }; // header: no line breaks

std::string escape(std::string_view text, Escaping escaping);

class TemplateText {
public:
    // "{{" and "}}" stand for one brace. Refusal template_wrong with the reason: a brace too many, a placeholder that is not in
    // `known`.
    static Result<TemplateText> parse(std::string_view text, const std::vector<std::string_view>& known);
    std::string fill(const Values& values, Escaping escaping = Escaping::none) const;
    bool empty() const { return parts_.empty(); }
    const std::string& source() const { return source_; }

private:
    struct Part {
        bool is_value = false;
        std::string text; // or the placeholder's name
    };
    std::vector<Part> parts_;
    std::string source_;
};

// All that templates of notices may hold.
std::vector<std::string_view> notice_placeholders();

} // namespace chengge::notices
