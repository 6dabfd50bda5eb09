import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A request line. ../protocol.schema.json documents the members. */
final class Request {
    private static final Pattern ENDPOINT = Pattern.compile("(https?)://([^/?#]+)");

    String id = "";
    String endpoint = "";
    String operation = "ApplyCertificate";
    String accessKeyId;
    String accessKeySecret;
    String securityToken;
    String bearerToken;
    String signature = "acs3";
    String method = "POST";
    String placement = "query";
    int timeoutMs = 10_000;
    int maxAttempts = 1;
    final Map<String, String> parameters = new LinkedHashMap<>();

    /** An invalid line. id is the ID of the line if it has one. */
    static final class Invalid extends Exception {
        private static final long serialVersionUID = 1L;
        final String id;

        Invalid(String id, String problem) {
            super(problem);
            this.id = id;
        }
    }

    static Request parse(String line) throws Invalid {
        Request request = new Request();
        JsonObject members;
        try {
            members = JsonParser.parseString(line).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException notAnObject) {
            throw new Invalid("", "the line is not a JSON object");
        }
        if (members.has("id") && isString(members.get("id"))) {
            request.id = members.get("id").getAsString();
        }
        for (Map.Entry<String, JsonElement> member : members.entrySet()) {
            if (!request.set(member.getKey(), member.getValue())) {
                throw new Invalid(request.id, "member " + member.getKey() + " is unknown or invalid");
            }
        }
        if (request.id.isEmpty() || !members.has("parameters") || !ENDPOINT.matcher(request.endpoint).matches()) {
            throw new Invalid(request.id, "id, endpoint or parameters are missing or invalid");
        }
        return request;
    }

    String scheme() {
        return endpoint.substring(0, endpoint.indexOf(':'));
    }

    String host() {
        return endpoint.substring(endpoint.indexOf("://") + 3);
    }

    private boolean set(String name, JsonElement value) {
        switch (name) {
            case "parameters":
                return setParameters(value);
            case "timeoutMs":
            case "maxAttempts":
                return setNumber(name, value);
            default:
                return isString(value) && setString(name, value.getAsString());
        }
    }

    private boolean setString(String name, String value) {
        switch (name) {
            case "id" -> id = value;
            case "endpoint" -> endpoint = value;
            case "operation" -> operation = value;
            case "accessKeyId" -> accessKeyId = value;
            case "accessKeySecret" -> accessKeySecret = value;
            case "securityToken" -> securityToken = value;
            case "bearerToken" -> bearerToken = value;
            case "signature" -> signature = value;
            case "method" -> method = value;
            case "placement" -> placement = value;
            default -> {
                return false;
            }
        }
        return List.of("acs3", "hmac-sha1").contains(signature)
            && List.of("POST", "GET").contains(method)
            && List.of("query", "form").contains(placement);
    }

    private boolean setNumber(String name, JsonElement value) {
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isNumber() || !value.getAsString().matches("[1-9][0-9]{0,8}")) {
            return false;
        }
        if (name.equals("timeoutMs")) {
            timeoutMs = value.getAsInt();
        } else {
            maxAttempts = value.getAsInt();
        }
        return true;
    }

    private boolean setParameters(JsonElement value) {
        if (!value.isJsonObject()) {
            return false;
        }
        for (Map.Entry<String, JsonElement> parameter : value.getAsJsonObject().entrySet()) {
            if (!isString(parameter.getValue())) {
                return false;
            }
            parameters.put(parameter.getKey(), parameter.getValue().getAsString());
        }
        return true;
    }

    private static boolean isString(JsonElement value) {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }
}
