// A small city on a faulty disk, served by the real program in a process of its own.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/random.hpp"
#include "faults/kit_disk.hpp"
#include "faults/kit_server.hpp"
#include "http/http.hpp"

namespace chengge::faults {

// Everything the city has stored that a client was told of.
struct Stored {
    std::vector<std::string> steps;                   // ids, as often as they are there
    std::vector<std::string> by_itself;               // ids of those that a decision over many cases made
    std::map<std::string, std::string> photos;        // id → hex SM3 that its row says
    std::vector<std::string> faults;                  // what is wrong in itself: numbers, feed, files
    std::int64_t cases = 0;
};

class FaultCity {
public:
    explicit FaultCity(storage::Engine engine);
    ~FaultCity();
    FaultCity(const FaultCity&) = delete;
    FaultCity& operator=(const FaultCity&) = delete;

    // Starts the program and waits until it listens; false when it ended before (see `last`).
    bool start(const std::vector<std::string>& environment = {});
    void need_start(const std::vector<std::string>& environment = {}); // throws with its log
    void kill();  // as kill -9
    void stop();  // SIGTERM, an orderly end; throws when it is none
    bool is_running() { return server_ && server_->is_running(); }
    pid_t pid() const { return server_->pid(); }
    void signal(int number) { server_->signal(number); }
    std::string log() const { return server_ ? server_->log() : last.log; }

    // One request by somebody of the small city (signed in by the demo's door); "" is nobody. Throws
    // when there is no answer.
    struct Ask {
        std::string who;
        http::Method method = http::Method::get;
        std::string path;
        std::string body;
        std::string content_type = "application/json";
        std::vector<std::pair<std::string, std::string>> headers;
        int time_out_seconds = 20;
    };
    http::Response ask(const Ask& ask);
    json::value get(const std::string& who, const std::string& path); // 200 or throws
    void sign_in(const std::vector<std::string>& people);

    // The commands' words for this city: --data … [--database …].
    std::vector<std::string> words(const std::string& command) const;
    // A command of several words on the faulty disk, with this added to its words and environment.
    Ended run(std::vector<std::string> command, const std::vector<std::string>& added = {}, const std::vector<std::string>& environment = {}) const;
    Ended audit() const;      // no server needs to run
    Stored look() const;      // into the tables and the folder of photos; without a server
    std::string data() const { return disk.root() + "/city"; }
    const std::string& database() const { return database_url_; }
    storage::Engine engine() const { return engine_; }
    std::string database_name() const { return name_; }
    double lon() const;
    double lat() const; // within the first community

    // Words before the program's own, and then no faulty disk: a disk of another kind.
    std::vector<std::string> wrapper;
    FaultyDisk disk;
    Stored before; // what was there at first
    Ended last;    // how the last server ended

private:
    storage::Engine engine_;
    std::string name_;
    std::string database_url_;
    std::string url_;
    std::map<std::string, std::string> tokens_;
    std::unique_ptr<Process> server_;
};

} // namespace chengge::faults
