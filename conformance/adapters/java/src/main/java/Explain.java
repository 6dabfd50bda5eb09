import com.aliyun.tea.TeaException;
import com.aliyun.tea.TeaRetryableException;
import com.aliyun.tea.TeaUnretryableException;
import com.aliyun.teautil.models.TeaUtilException;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Conversion of the core's exceptions to errors of the protocol. */
final class Explain {
    private Explain() {}

    static Map<String, Object> explain(Exception error) {
        if (error instanceof TeaException refused && refused.statusCode != null) {
            return service(refused);
        }
        Map<String, Object> result = other(String.valueOf(error));
        result.put("kind", kind(error));
        return result;
    }

    static Map<String, Object> other(String raw) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kind", "other");
        result.put("code", "");
        result.put("message", "");
        result.put("raw", raw);
        return result;
    }

    /** Returns the kind of an error without a response that the core could parse. */
    private static String kind(Throwable error) {
        if (caused(error, IOException.class, TeaRetryableException.class, TeaUnretryableException.class)) {
            return "connection";
        }
        if (caused(error, TeaUtilException.class, JsonParseException.class, ClassCastException.class, NullPointerException.class)) {
            return "response";
        }
        return caused(error, IllegalArgumentException.class) ? "input" : "other";
    }

    /** Reports whether an error, or one of its causes, is of one of the types. */
    private static boolean caused(Throwable error, Class<?>... types) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            for (Class<?> type : types) {
                if (type.isInstance(cause)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Extracts the message from "code: STATUS, MESSAGE request id: ID". */
    private static Map<String, Object> service(TeaException refused) {
        Map<String, Object> data = new LinkedHashMap<>();
        String requestId = "";
        if (refused.data != null) {
            refused.data.forEach((name, value) -> {
                if (!List.of("Code", "Message", "RequestId", "statusCode").contains(name)) {
                    data.put(name, value);
                }
            });
            requestId = refused.data.get("RequestId") instanceof String id ? id : "";
        }
        String message = refused.getMessage() == null ? "" : refused.getMessage();
        String prefix = "code: " + refused.statusCode + ", ";
        String suffix = " request id: " + requestId;
        String text = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kind", "service");
        result.put("code", refused.getCode() == null ? "" : refused.getCode());
        result.put("message", text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text);
        result.put("status", refused.statusCode);
        result.put("requestId", requestId);
        if (!data.isEmpty()) {
            result.put("data", data);
        }
        result.put("raw", message);
        return result;
    }
}
