//! Text to an expression. The grammar is SQLite's, by way of the sqlparser library; what has no meaning for a single row
//! (subqueries, aggregates) and what cannot be meant (a text where the column is a number) is refused.

use sqlparser::ast::{self, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};
use syscope_event::Row;

use super::{Arithmetic, Column, Compare, Expr, Function, Value, Wildcard};

/// Brackets and NOTs may be nested so deep: each level takes the library some 60 KiB of stack.
const NESTING: usize = 20;
/// Words and signs of an expression. `a OR b OR c ...` is nested too, once it is read.
const LONGEST: usize = 1200;

/// Why an expression was refused.
#[derive(Debug, thiserror::Error)]
pub enum WhereError {
    /// It does not follow the grammar.
    #[error("cannot read the expression: {0}")]
    Syntax(String),
    /// No such column.
    #[error("no column {name:?}{}", near(.name))]
    Column {
        /// What was given.
        name: String,
    },
    /// A text in double quotes.
    #[error("{0:?} in double quotes is the name of a column: a text has single quotes, '{0}'")]
    Quotes(String),
    /// Types that never meet.
    #[error("column {column} is a {expected}: it is compared with {given}")]
    Type {
        /// Column.
        column: &'static str,
        /// What it holds.
        expected: &'static str,
        /// What it was compared with.
        given: String,
    },
    /// A value that the column never has.
    #[error("{given:?} is no {column}{hint}")]
    Never {
        /// Column.
        column: &'static str,
        /// What it was compared with.
        given: String,
        /// What it may have.
        hint: String,
    },
    /// A pattern that is computed.
    #[error("the pattern of {0} has to be a text in single quotes")]
    Pattern(&'static str),
    /// A regular expression that cannot be read.
    #[error("cannot read the regular expression {pattern:?}: {source}")]
    Regex {
        /// What was given.
        pattern: String,
        /// Why.
        source: regex::Error,
    },
    /// SQL, but nothing for one row.
    #[error(
        "{0} cannot be used here: columns, comparisons, AND OR NOT, IN, BETWEEN, LIKE, GLOB, REGEXP, IS NULL, + - * / % & | ||, lower() upper() length() abs() coalesce()"
    )]
    Unsupported(String),
}

fn near(name: &str) -> String {
    let found = Row::COLUMNS
        .iter()
        .filter(|c| name.len() <= c.len() + 2)
        .find(|c| strsim::levenshtein(c, &name.to_lowercase()) <= 2 || c.starts_with(name));
    match found {
        Some(column) => format!("; did you mean {column}?"),
        None => format!("; there are {}", Row::COLUMNS.join(" ")),
    }
}

/// Reads it.
pub(super) fn parse(text: &str) -> Result<Expr, WhereError> {
    let syntax = |error: ParserError| {
        let text = error.to_string();
        WhereError::Syntax(text.strip_prefix("sql parser error: ").unwrap_or(&text).to_owned())
    };
    let tokens = Tokenizer::new(&Sql, text).tokenize_with_location().map_err(|e| syntax(e.into()))?;
    let words = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).count();
    if words > LONGEST {
        return Err(WhereError::Syntax(format!("it has {words} words and signs, and may have {LONGEST}")));
    }
    let mut parser = Parser::new(&Sql).with_recursion_limit(NESTING).with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(syntax)?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(WhereError::Syntax(format!("{} was not expected{}", rest.token, rest.span.start)));
    }
    lower(expr)
}

/// SQLite's dialect. The library's own has no GLOB, and panics on an unfinished REGEXP.
#[derive(Debug)]
struct Sql;

const GLOB: &str = "GLOB";
const REGEXP: &str = "REGEXP";

/// `GLOB`, `NOT GLOB`, `REGEXP` or `NOT REGEXP` comes next: how many words, which, negated.
fn pattern_operator(parser: &Parser<'_>) -> Option<(usize, &'static str, bool)> {
    let word = |n| match parser.peek_nth_token(n).token {
        Token::Word(w) if w.quote_style.is_none() => w.value.to_ascii_uppercase(),
        _ => String::new(),
    };
    let which = |text: &str| [GLOB, REGEXP].into_iter().find(|op| *op == text);
    let first = word(0);
    if first == "NOT" {
        return which(&word(1)).map(|op| (2, op, true));
    }
    which(&first).map(|op| (1, op, false))
}

impl Dialect for Sql {
    fn is_delimited_identifier_start(&self, c: char) -> bool {
        matches!(c, '`' | '"' | '[')
    }

    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_'
    }

    fn supports_in_empty_list(&self) -> bool {
        true
    }

    fn supports_notnull_operator(&self) -> bool {
        true
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        pattern_operator(parser).map(|_| Ok(self.prec_value(Precedence::Like)))
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        expr: &ast::Expr,
        _: u8,
    ) -> Option<Result<ast::Expr, ParserError>> {
        let (words, op, negated) = pattern_operator(parser)?;
        for _ in 0..words {
            parser.next_token();
        }
        let pattern = match parser.parse_subexpr(self.prec_value(Precedence::Like)) {
            Ok(pattern) => pattern,
            Err(error) => return Some(Err(error)),
        };
        let found = ast::Expr::BinaryOp {
            left: Box::new(expr.clone()),
            op: BinaryOperator::Custom(op.into()),
            right: Box::new(pattern),
        };
        Some(Ok(if negated {
            ast::Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(ast::Expr::Nested(Box::new(found))) }
        } else {
            found
        }))
    }
}

fn lower(expr: ast::Expr) -> Result<Expr, WhereError> {
    use ast::Expr as Sql;
    Ok(match expr {
        Sql::Nested(inner) => lower(*inner)?,
        Sql::Identifier(name) => column(name)?,
        Sql::Value(value) => Expr::Literal(literal(value.value)?),
        Sql::UnaryOp { op, expr } => unary(op, lower(*expr)?)?,
        Sql::BinaryOp { left, op, right } => binary(lower(*left)?, op, lower(*right)?)?,
        Sql::IsNull(e) => is(lower(*e)?, Value::Null),
        Sql::IsNotNull(e) => not(is(lower(*e)?, Value::Null)),
        Sql::IsTrue(e) => is(truth(lower(*e)?), Value::Int(1)),
        Sql::IsNotTrue(e) => not(is(truth(lower(*e)?), Value::Int(1))),
        Sql::IsFalse(e) => is(truth(lower(*e)?), Value::Int(0)),
        Sql::IsNotFalse(e) => not(is(truth(lower(*e)?), Value::Int(0))),
        Sql::IsNotDistinctFrom(a, b) => same(*a, *b)?,
        Sql::IsDistinctFrom(a, b) => not(same(*a, *b)?),
        Sql::InList { expr, list, negated } => {
            let needle = lower(*expr)?;
            let items =
                list.into_iter().map(|item| matched(&needle, lower(item)?)).collect::<Result<_, _>>()?;
            negate(negated, Expr::In(Box::new(needle), items))
        }
        Sql::Between { expr, negated, low, high } => {
            let value = lower(*expr)?;
            let above = compare(Compare::GreaterOrEqual, value.clone(), lower(*low)?)?;
            let below = compare(Compare::LessOrEqual, value, lower(*high)?)?;
            negate(negated, Expr::And(Box::new(above), Box::new(below)))
        }
        Sql::Like { negated, any: false, expr, pattern, escape_char } => {
            let Expr::Literal(Value::Text(pattern)) = lower(*pattern)? else {
                return Err(WhereError::Pattern("LIKE"));
            };
            let escape = match escape_char {
                None => None,
                Some(ast::Value::SingleQuotedString(text)) if text.chars().count() == 1 => {
                    text.chars().next()
                }
                Some(other) => {
                    return Err(WhereError::Syntax(format!("ESCAPE takes one character, not {other}")));
                }
            };
            let pattern = String::from_utf8_lossy(&pattern).into_owned();
            negate(negated, Expr::Like(Box::new(lower(*expr)?), Wildcard::like(&pattern, escape)))
        }
        Sql::Function(call) => function(call)?,
        other => return Err(WhereError::Unsupported(other.to_string())),
    })
}

fn column(name: ast::Ident) -> Result<Expr, WhereError> {
    match super::column::by_name(&name.value) {
        Some(column) => Ok(Expr::Column(column)),
        // SQLite would take it for a text, and so hide the mistake.
        None if name.quote_style == Some('"') => Err(WhereError::Quotes(name.value)),
        None => Err(WhereError::Column { name: name.value }),
    }
}

fn literal(value: ast::Value) -> Result<Value<'static>, WhereError> {
    Ok(match value {
        ast::Value::Null => Value::Null,
        ast::Value::Boolean(b) => b.into(),
        ast::Value::SingleQuotedString(text) => text.into_bytes().into(),
        ast::Value::HexStringLiteral(digits) => {
            let bytes = (0..digits.len())
                .step_by(2)
                .map(|i| digits.get(i..i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()));
            match bytes.collect::<Option<Vec<u8>>>() {
                Some(bytes) => bytes.into(),
                None => return Err(WhereError::Syntax(format!("X'{digits}' is no sequence of bytes"))),
            }
        }
        ast::Value::Number(digits, _) => number(&digits)?,
        other => return Err(WhereError::Unsupported(other.to_string())),
    })
}

fn number(digits: &str) -> Result<Value<'static>, WhereError> {
    if let Ok(n) = digits.parse::<i64>() {
        return Ok(Value::Int(n));
    }
    match digits.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(Value::Real(x)),
        _ => Err(WhereError::Syntax(format!("{digits} is no number"))),
    }
}

fn unary(op: UnaryOperator, inner: Expr) -> Result<Expr, WhereError> {
    match (op, inner) {
        (UnaryOperator::Not, inner) => Ok(not(inner)),
        (UnaryOperator::Plus, inner) => Ok(inner),
        (UnaryOperator::Minus, Expr::Literal(Value::Int(n))) => {
            Ok(Expr::Literal(Value::Int(n.saturating_neg())))
        }
        (UnaryOperator::Minus, Expr::Literal(Value::Real(x))) => Ok(Expr::Literal(Value::Real(-x))),
        (UnaryOperator::Minus, inner) => Ok(Expr::Negative(Box::new(numeric("-", inner)?))),
        (other, _) => Err(WhereError::Unsupported(other.to_string())),
    }
}

fn binary(a: Expr, op: BinaryOperator, b: Expr) -> Result<Expr, WhereError> {
    let arithmetic = |op, name: &str, a, b| {
        Ok(Expr::Arithmetic(op, Box::new(numeric(name, a)?), Box::new(numeric(name, b)?)))
    };
    match op {
        BinaryOperator::And => Ok(Expr::And(Box::new(a), Box::new(b))),
        BinaryOperator::Or => Ok(Expr::Or(Box::new(a), Box::new(b))),
        BinaryOperator::Eq => compare(Compare::Equal, a, b),
        BinaryOperator::NotEq => compare(Compare::NotEqual, a, b),
        BinaryOperator::Lt => compare(Compare::Less, a, b),
        BinaryOperator::LtEq => compare(Compare::LessOrEqual, a, b),
        BinaryOperator::Gt => compare(Compare::Greater, a, b),
        BinaryOperator::GtEq => compare(Compare::GreaterOrEqual, a, b),
        BinaryOperator::Plus => arithmetic(Arithmetic::Add, "+", a, b),
        BinaryOperator::Minus => arithmetic(Arithmetic::Subtract, "-", a, b),
        BinaryOperator::Multiply => arithmetic(Arithmetic::Multiply, "*", a, b),
        BinaryOperator::Divide => arithmetic(Arithmetic::Divide, "/", a, b),
        BinaryOperator::Modulo => arithmetic(Arithmetic::Remainder, "%", a, b),
        BinaryOperator::BitwiseAnd => arithmetic(Arithmetic::And, "&", a, b),
        BinaryOperator::BitwiseOr => arithmetic(Arithmetic::Or, "|", a, b),
        BinaryOperator::StringConcat => Ok(Expr::Concat(Box::new(a), Box::new(b))),
        BinaryOperator::Custom(op) => {
            let Expr::Literal(Value::Text(pattern)) = b else {
                return Err(WhereError::Pattern(if op == GLOB { GLOB } else { REGEXP }));
            };
            let pattern = String::from_utf8_lossy(&pattern).into_owned();
            if op == GLOB {
                return Ok(Expr::Like(Box::new(a), Wildcard::glob(&pattern)));
            }
            match regex::bytes::Regex::new(&pattern) {
                Ok(regex) => Ok(Expr::Regexp(Box::new(a), regex)),
                Err(source) => Err(WhereError::Regex { pattern, source }),
            }
        }
        other => Err(WhereError::Unsupported(other.to_string())),
    }
}

fn function(call: ast::Function) -> Result<Expr, WhereError> {
    let name = call.name.to_string().to_ascii_lowercase();
    let function = match name.as_str() {
        "lower" => Function::Lower,
        "upper" => Function::Upper,
        "length" => Function::Length,
        "abs" => Function::Abs,
        "coalesce" | "ifnull" => Function::Coalesce,
        _ => return Err(WhereError::Unsupported(format!("{name}()"))),
    };
    let FunctionArguments::List(list) = call.args else { return Err(WhereError::Unsupported(name)) };
    let args = list
        .args
        .into_iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => lower(e),
            other => Err(WhereError::Unsupported(other.to_string())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let wanted = if function == Function::Coalesce { args.len() >= 2 } else { args.len() == 1 };
    if !wanted {
        return Err(WhereError::Syntax(format!("{name}() does not take {} arguments", args.len())));
    }
    Ok(Expr::Call(function, args))
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

fn negate(negated: bool, expr: Expr) -> Expr {
    if negated { not(expr) } else { expr }
}

/// 1, 0 or NULL.
fn truth(expr: Expr) -> Expr {
    not(not(expr))
}

fn is(expr: Expr, value: Value<'static>) -> Expr {
    Expr::Is(Box::new(expr), Box::new(Expr::Literal(value)))
}

fn same(a: ast::Expr, b: ast::Expr) -> Result<Expr, WhereError> {
    let a = lower(a)?;
    let b = matched(&a, lower(b)?)?;
    Ok(Expr::Is(Box::new(a), Box::new(b)))
}

fn compare(op: Compare, a: Expr, b: Expr) -> Result<Expr, WhereError> {
    let (a, b) = match (&a, &b) {
        (Expr::Column(_), _) => {
            let b = matched(&a, b)?;
            (a, b)
        }
        _ => {
            let a = matched(&b, a)?;
            (a, b)
        }
    };
    if let (Compare::Equal, Expr::Column(column), Expr::Literal(Value::Text(text))) = (op, &a, &b) {
        known(*column, text)?;
    }
    Ok(Expr::Compare(op, Box::new(a), Box::new(b)))
}

/// A literal that stands beside a column takes on its type, as SQLite's columns have it.
fn matched(beside: &Expr, expr: Expr) -> Result<Expr, WhereError> {
    let (Expr::Column(column), Expr::Literal(value)) = (beside, &expr) else { return Ok(expr) };
    Ok(match (column.is_text(), value) {
        (false, Value::Text(text)) => {
            let text = String::from_utf8_lossy(text);
            let given = || WhereError::Type {
                column: column.name(),
                expected: "number",
                given: format!("the text '{text}'"),
            };
            Expr::Literal(number(text.trim()).map_err(|_| given())?)
        }
        (true, Value::Int(n)) => {
            return Err(WhereError::Type { column: column.name(), expected: "text", given: n.to_string() });
        }
        (true, Value::Real(x)) => {
            return Err(WhereError::Type { column: column.name(), expected: "text", given: x.to_string() });
        }
        _ => expr,
    })
}

/// A misspelt call would quietly select nothing.
fn known(column: Column, text: &[u8]) -> Result<(), WhereError> {
    let text = String::from_utf8_lossy(text);
    let never =
        |hint: String| Err(WhereError::Never { column: column.name(), given: text.to_string(), hint });
    match column {
        Column::Syscall => {
            // Calls of other ABIs have names of their own: i386_5.
            if syscope_syscalls::by_name(&text).is_some() || text.contains(|c: char| c.is_ascii_digit()) {
                return Ok(());
            }
            let near = crate::set::near(&text);
            never(if near.is_empty() {
                String::new()
            } else {
                format!("; did you mean {}?", near.join(", "))
            })
        }
        Column::Family if !syscope_syscalls::Family::ALL.iter().any(|f| f.name() == text) => {
            let names: Vec<_> = syscope_syscalls::Family::ALL.iter().map(|f| f.name()).collect();
            never(format!(": there are {}", names.join(" ")))
        }
        Column::Errno if !text.starts_with('E') => never("; such as 'ENOENT'".into()),
        _ => Ok(()),
    }
}

/// Operands of arithmetic.
fn numeric(op: &str, expr: Expr) -> Result<Expr, WhereError> {
    match &expr {
        Expr::Column(column) if column.is_text() => Err(WhereError::Type {
            column: column.name(),
            expected: "text",
            given: format!("numbers by {op}"),
        }),
        Expr::Literal(Value::Text(text)) => {
            Err(WhereError::Syntax(format!("'{}' is no number for {op}", String::from_utf8_lossy(text))))
        }
        _ => Ok(expr),
    }
}
