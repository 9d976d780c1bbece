//! `require "https"`: requests over TLS, with the interface of LÖVE's https module.
//!
//! ```text
//! local code, body, headers = https.request("https://example.org/", { method = "POST", data = "x", headers = { Accept = "*/*" } })
//! ```
//!
//! `code` is nil and `body` the reason when nothing was received. A request runs on a thread of its own, so that an
//! interrupt ends the wait; it follows no redirects, as LÖVE's. Certificates are checked against Mozilla's roots.

use super::BY_EFFECTS;
use rlove_vm::builtin::{Builtin, Effects};
use rlove_vm::call::{Call, NativeResult, Raised};
use rlove_vm::value::Value;
use rlove_vm::vm::Vm;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

static FUNCTIONS: &[Builtin] = builtins![
    "https.request", "(url: string, options: table = nil) -> integer?, string, table?", "Asks a server.", Effects::ALLOCATES, request;
];

static LOADER: Builtin = Builtin::native(
    "https.load",
    "() -> table",
    "Makes the table for require.",
    Effects::WRITES,
    BY_EFFECTS,
    load,
);

/// Makes `require "https"` work.
pub fn install(vm: &mut Vm) {
    let loader = vm.new_native_function(load, &LOADER, &[]);
    let globals = vm.globals();
    let package = vm.field(globals, "package");
    let preload = vm.field(package, "preload");
    vm.set_field(preload, "https", loader);
}

fn load(call: &mut Call<'_>) -> NativeResult {
    let table = call.vm.new_table();
    call.push(table);
    call.vm.register(table, FUNCTIONS)?;
    call.one(table)
}

/// What to ask.
struct Question {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    data: Vec<u8>,
}

/// What a server said.
struct Reply {
    code: u16,
    body: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
}

fn ask(question: Question) -> Result<Reply, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut builder = ureq::http::Request::builder()
        .method(question.method.as_str())
        .uri(question.url.as_str());
    for (name, value) in &question.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    let sent = if question.data.is_empty() {
        let request = builder.body(()).map_err(|problem| problem.to_string())?;
        agent.run(request)
    } else {
        let request = builder
            .body(question.data)
            .map_err(|problem| problem.to_string())?;
        agent.run(request)
    };
    let mut response = sent.map_err(|problem| problem.to_string())?;
    let body = response
        .body_mut()
        .with_config()
        .limit(u64::MAX)
        .read_to_vec()
        .map_err(|problem| problem.to_string())?;
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    Ok(Reply {
        code: response.status().as_u16(),
        body,
        headers,
    })
}

/// A field of the options that is a string.
fn option(call: &mut Call<'_>, options: Value, name: &str) -> Option<String> {
    let value = call.vm.field(options, name);
    let bytes = value.string_bytes()?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn question(call: &mut Call<'_>) -> Result<Question, Raised> {
    let mut question = Question {
        url: call.text(1)?,
        method: "GET".to_owned(),
        headers: Vec::new(),
        data: Vec::new(),
    };
    if call.argument(2).is_nil() {
        return Ok(question);
    }
    let options = call.table_value(2)?;
    let data = call.vm.field(options, "data");
    if let Some(bytes) = data.string_bytes() {
        question.data = bytes.to_vec();
        question.method = "POST".to_owned();
        let form = "application/x-www-form-urlencoded".to_owned();
        question.headers.push(("Content-Type".to_owned(), form));
    }
    if let Some(method) = option(call, options, "method") {
        question.method = method.to_uppercase();
    }
    let headers = call.vm.field(options, "headers");
    if headers.is_table() {
        for (name, value) in call.vm.entries(headers) {
            let Some(name) = name.string_bytes() else {
                continue;
            };
            let name = String::from_utf8_lossy(name).into_owned();
            let value = match (value.string_bytes(), value.as_number()) {
                (Some(bytes), _) => String::from_utf8_lossy(bytes).into_owned(),
                (None, Some(number)) => number.to_string(),
                _ => continue,
            };
            question
                .headers
                .retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            question.headers.push((name, value));
        }
    }
    Ok(question)
}

fn request(call: &mut Call<'_>) -> NativeResult {
    let question = question(call)?;
    let wants_headers = !call.argument(2).is_nil();
    let (sender, receiver) = channel();
    let spawned = std::thread::Builder::new()
        .name("https".to_owned())
        .spawn(move || {
            // Nobody listens any more after an interrupt.
            let _ = sender.send(ask(question));
        });
    if let Err(problem) = spawned {
        return call.nil_and_message(problem.to_string());
    }
    let reply = loop {
        match receiver.recv_timeout(Duration::from_millis(2)) {
            Ok(reply) => break reply,
            Err(RecvTimeoutError::Timeout) => call.vm.check_interrupt()?,
            Err(RecvTimeoutError::Disconnected) => break Err("Unknown error".to_owned()),
        }
    };
    let reply = match reply {
        Ok(reply) => reply,
        Err(problem) => return call.nil_and_message(problem),
    };
    call.push(Value::number(f64::from(reply.code)));
    let body = call.new_string(&reply.body)?;
    call.push(body);
    if !wants_headers {
        return call.pushed(2);
    }
    let table = call.vm.new_table();
    call.push(table);
    for (name, value) in reply.headers {
        let known = call.vm.field(table, &name);
        let value = match known.string_bytes() {
            Some(before) => [before, b", ", &value].concat(),
            None => value,
        };
        let value = call.new_string(&value)?;
        call.vm.set_field(table, &name, value);
    }
    call.pushed(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn run(program: &str) -> String {
        let install = |vm: &mut Vm| {
            install(vm);
            Ok(())
        };
        crate::love::run_program(install, program)
    }

    #[test]
    fn a_request_carries_data_and_headers_and_answers_both() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\nabc") && client.read(&mut byte).unwrap_or(0) == 1 {
                request.push(byte[0]);
            }
            client
                .write_all(b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone")
                .unwrap();
            String::from_utf8_lossy(&request).to_lowercase()
        });
        let program = format!(
            "local code, body, headers = require('https').request('http://127.0.0.1:{port}/a?b', {{ method = 'put', data = 'abc', headers = {{ ['X-B'] = 'c' }} }})
            return table.concat({{ tostring(code), tostring(body), headers and headers['x-a'] or '' }}, '|')"
        );
        assert_eq!(run(&program), "404|gone|1");
        let request = server.join().unwrap();
        assert!(request.starts_with("put /a?b http/1.1\r\n"), "{request}");
        assert!(request.contains("\r\nx-b: c\r\n"), "{request}");
        assert!(request.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
    }

    #[test]
    fn what_cannot_be_reached_is_nil_and_a_reason() {
        let program = "local code, reason = require('https').request('https://127.0.0.1:1/')
            return type(code) .. ' ' .. type(reason) .. tostring(#reason > 0)";
        assert_eq!(run(program), "nil stringtrue");
    }
}
