from tally import line, tally


def test_reports_add_up_by_suite(tmp_path):
    (tmp_path / "release").mkdir()
    for name in ("base", "types"):
        (tmp_path / f"release/{name}.xml").write_text(
            '<testsuites><testsuite><testcase name="a" status="run"/>'
            '<testcase name="b" status="run"><failure/></testcase>'
            '<testcase name="c" status="notrun"/></testsuite></testsuites>'
        )
    (tmp_path / "python.xml").write_text(
        '<testsuites><testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase>'
        "</testsuite></testsuites>"
    )
    suites = tally(tmp_path)
    assert line(suites["release"]) == "2 passed, 2 failed, 2 skipped"
    assert line(suites["python"]) == "1 passed, 0 failed, 1 skipped"
