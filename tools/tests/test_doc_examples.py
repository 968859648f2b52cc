from doc_examples import blocks_of, run_page

PAGE = """
Some text.

```python
print("one  line")
x = 3
```

```text
one line
```

```python
>>> x + 1
4
```

```sh
exit 1
```
"""


def page(tmp_path, text):
    file = tmp_path / "page.md"
    file.write_text(text)
    return file


def failures(tmp_path, text):
    return [result.failure for result in run_page(page(tmp_path, text)) if result.failure]


def test_blocks_know_their_language_line_and_what_they_follow():
    blocks = [(b.language, b.line, b.follows_code) for b in blocks_of(PAGE)]
    assert blocks == [
        ("python", 5, False),
        ("text", 10, True),
        ("python", 14, True),
        ("sh", 19, True),
    ]


def test_a_page_that_tells_the_truth_passes(tmp_path):
    results = run_page(page(tmp_path, PAGE))
    assert [bool(result.failure) for result in results] == [False, False]


def test_a_wrong_output_fails(tmp_path):
    (failure,) = failures(tmp_path, "```python\nprint(1)\n```\n```text\n2\n```\n")
    assert "Expected:" in failure and "Got:" in failure


def test_a_wrong_doctest_fails(tmp_path):
    assert len(failures(tmp_path, "```python\n>>> 1 + 1\n3\n```\n")) == 1


def test_a_text_block_after_words_is_not_output(tmp_path):
    assert failures(tmp_path, "```python\nprint(1)\n```\nThe tree:\n```text\n2\n```\n") == []


def test_an_error_that_the_page_shows_is_right_and_another_fails(tmp_path):
    assert failures(tmp_path, '```python\nint("x")\n```\n```text\nValueError: ...\n```\n') == []
    (failure,) = failures(tmp_path, '\n\n```python\nint("x")\n```\n')
    assert 'page.md", line 4' in failure


def test_only_a_reason_keeps_a_block_from_running(tmp_path):
    text = "<!-- not run: needs a cluster -->\n```python\n1 / 0\n```\n"
    (result,) = run_page(page(tmp_path, text))
    assert result.skipped and not result.failure
