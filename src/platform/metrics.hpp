// What /metrics says, in Prometheus' text format.
#pragma once

#include <string>

#include "http/http.hpp"
#include "platform/installation.hpp"

namespace chengge::platform {

struct MetricsSources {
    Installation& city;
    const http::Server& server;
    const Config& config;
    storage::FeedPosition feed_end;
    bool is_well = true;
};
std::string print_metrics(const MetricsSources& sources);

// Whether the address may read them: loopback or of the configured list.
bool is_metrics_reader(const Config& config, const std::string& address);

} // namespace chengge::platform
