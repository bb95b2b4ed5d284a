//! The demo as a person and as a program would run it.

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_culvert-demo")).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    assert_eq!(said, "");
    output
}

#[test]
fn json_is_one_object_with_every_figure() {
    let output = demo(&["--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    for figure in ["connect_ms", "ping_ms", "up_mbit", "down_mbit"] {
        assert!(object[figure].as_f64().is_some_and(|value| value > 0.0), "{figure} in {text}");
    }
    assert_eq!(object["cipher"], "MPPE-128 stateless");
    assert_eq!(object["auth"], "MS-CHAPv2");
    assert_eq!(object["leftovers"], 0);
    assert_eq!(object.as_object().unwrap().len(), 7);
}

#[test]
fn people_are_told_what_happens() {
    let output = demo(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "checking the password",
        "connected: MS-CHAPv2, MPPE-128 stateless",
        "ping",
        "up:",
        "down:",
        "nothing is left",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}
